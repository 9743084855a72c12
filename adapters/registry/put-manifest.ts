/** Puts a manifest and makes sure of it: what counts is what the registry then answers, not how the request ended. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { HttpError } from '../http/http-error';
import { createRateLimiter } from '../http/rate-limiter';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry';
import { checkReference, digestOf } from './check-reference';
import type { RegistryClient } from './client/registry-client';
import { ECR_PUTS_PER_SECOND, ecrRegion } from './ecr/ecr-host';
import { headManifest, LARGEST_MANIFEST, linksOf, sendManifest } from './manifests';
import { listAsReferrer } from './referrers';

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

// How fast manifests are put: as fast as each registry host takes them, whoever puts them there.

/** Waits until one more manifest may be put on the host. All who put within a run share one. */
export type PutRateLimiter = (host: string) => Promise<void>;

/** ECR's quota for its hosts, no limit for others. */
export function createPutRateLimiter(clock: Clock): PutRateLimiter {
  const paces = new Map<string, () => Promise<void>>();
  return async (host) => {
    if (ecrRegion(host) === undefined) return;
    const pace = paces.get(host) ?? createRateLimiter(ECR_PUTS_PER_SECOND, clock);
    paces.set(host, pace);
    await pace();
  };
}

// Looks at what was written until it is seen: some registries' reads lag behind their writes.

/** Looks in all, with growing waits between them. */
const LOOKS = 5;

/** The digest that `look` finds: `expected` as soon as it does, else what it found last. */
export async function readBack(
  look: () => Promise<string | undefined>,
  expected: string,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): Promise<string | undefined> {
  for (let looked = 1; ; looked += 1) {
    const found = await look();
    if (found === expected || looked >= LOOKS) return found;
    await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, looked, random));
  }
}
