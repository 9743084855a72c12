/** Puts a manifest and makes sure of it: what counts is what the registry then answers, not how the request ended. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { isDigest } from '../../core/image/grammar';
import type { Clock, Manifest, RepositoryName } from '../../core/ports';
import { HttpError } from '../http/http-error';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry-policy';
import { checkReference } from './check-reference';
import { digestOf } from './digest';
import { headManifest, LARGEST_MANIFEST, sendManifest } from './manifests';
import type { RegistryClient } from './registry-client';

export interface PutDependencies {
  readonly client: RegistryClient;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A registry whose reads lag behind its writes is given this many looks. */
const LOOKS = 5;

/**
 * Puts the exact bytes under the tag or digest. If the request fails, the reference is looked at before that counts as a failure: the
 * reply may have been lost, or a write-once tag may already be what it should. Throws `RegistryError`.
 */
export async function putManifest(
  name: RepositoryName,
  reference: string,
  manifest: Manifest,
  dependencies: PutDependencies,
): Promise<void> {
  checkReference(name, reference);
  checkManifest(name, reference, manifest);
  try {
    await sendManifest(dependencies.client, name, reference, manifest);
  } catch (error) {
    const found = await headManifest(dependencies.client, name, reference, 1).catch(() => undefined);
    if (found === manifest.digest) return;
    throw found === undefined || !isRefusal(error) ? error : taken(name, reference, manifest, found, error);
  }
  await verify(name, reference, manifest, dependencies);
}

async function verify(
  name: RepositoryName,
  reference: string,
  manifest: Manifest,
  { client, clock, random }: PutDependencies,
): Promise<void> {
  for (let looked = 1; ; looked += 1) {
    const found = await headManifest(client, name, reference);
    if (found === manifest.digest) return;
    if (looked >= LOOKS) {
      const answer = found === undefined ? 'has no such manifest' : `answers with ${found}`;
      throw new PipelineError(
        ERROR_NAMES.registry,
        `${print(name, reference)}: ${manifest.digest} was put and accepted, yet the registry ${answer}; ` +
          'if nobody else writes this tag, start the run again',
      );
    }
    await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, looked, random));
  }
}

function checkManifest(name: RepositoryName, reference: string, { bytes, digest }: Manifest): void {
  const actual = digestOf(bytes, digest);
  const problem =
    actual !== digest
      ? `the manifest's bytes have digest ${actual}, not ${digest}`
      : isDigest(reference) && reference !== digest
        ? `a manifest with digest ${digest} cannot be put under ${reference}`
        : bytes.length > LARGEST_MANIFEST
          ? `the manifest has ${bytes.length} bytes; registries take at most ${LARGEST_MANIFEST}`
          : undefined;
  if (problem !== undefined) throw new PipelineError(ERROR_NAMES.registry, `${print(name, reference)}: ${problem}`);
}

/** A reply that says no (an immutable tag, most likely), other than one that says who are you. */
function isRefusal(error: unknown): boolean {
  return error instanceof HttpError && [400, 405, 409, 412].includes(error.status ?? 0);
}

function taken(name: RepositoryName, reference: string, manifest: Manifest, found: string, cause: unknown): Error {
  return new PipelineError(
    ERROR_NAMES.registry,
    `${print(name, reference)} is ${found} and did not become ${manifest.digest}: ${(cause as Error).message}`,
    { cause },
  );
}

function print({ host, repository }: RepositoryName, reference: string): string {
  return `${host}/${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
}
