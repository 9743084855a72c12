/** Puts a manifest and makes sure of it: what counts is what the registry then answers, not how the request ended. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { isDigest } from '../../core/image/grammar';
import type { Clock, Manifest, RepositoryName } from '../../core/ports';
import { HttpError } from '../http/http-error';
import { checkReference } from './check-reference';
import { digestOf } from './digest';
import { linksOf } from './links-of';
import { headManifest, LARGEST_MANIFEST, sendManifest } from './manifests';
import { readBack } from './read-back';
import { listAsReferrer } from './referrers-tag';
import type { RegistryClient } from './registry-client';

export interface PutDependencies {
  readonly client: RegistryClient;
  readonly clock: Clock;
  readonly random: () => number;
}

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
  const { client } = dependencies;
  let listedUnder: string | null = null;
  try {
    listedUnder = await sendManifest(client, name, reference, manifest);
  } catch (error) {
    const found = await headManifest(client, name, reference, 1).catch(() => undefined);
    if (found !== manifest.digest) {
      throw found === undefined || !isRefusal(error) ? error : taken(name, reference, manifest, found, error);
    }
  }
  await verify(name, reference, manifest, dependencies);
  // A registry that lists referrers itself says so with this header.
  const subject = linksOf(manifest).subject?.digest;
  if (subject !== undefined && listedUnder !== subject) await listAsReferrer(client, name, subject, manifest);
}

async function verify(
  name: RepositoryName,
  reference: string,
  { digest }: Manifest,
  dependencies: PutDependencies,
): Promise<void> {
  const found = await readBack(() => headManifest(dependencies.client, name, reference), digest, dependencies);
  if (found === digest) return;
  const answer = found === undefined ? 'has no such manifest' : `answers with ${found}`;
  throw new PipelineError(
    ERROR_NAMES.registry,
    `${print(name, reference)}: ${digest} was put and accepted, yet the registry ${answer}; ` +
      'if nobody else writes this tag, start the run again',
  );
}

/** Throws `RegistryError` for what no registry may be given: bytes of another digest, or too many. */
export function checkManifest(name: RepositoryName, reference: string, { bytes, digest }: Manifest): void {
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
