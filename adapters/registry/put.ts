/** Puts manifests and verifies each: only what the registry shows afterwards counts, not how the request ended. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { HttpError } from '../http/http-error';
import { checkReference, digestOf, printName } from './check-reference';
import { isTagTaken } from './client/registry-client';
import { ECR_PUTS_PER_SECOND, ecrRegion } from './ecr/ecr-host';
import {
  awaitDigest,
  headManifest,
  LARGEST_MANIFEST,
  lastDigest,
  linksOf,
  type RegistryDependencies,
  sendManifest,
} from './manifests';
import { listAsReferrer } from './referrers';

/**
 * Puts the exact bytes under the tag or digest and reads them back. A failed request counts as done if the reference has the digest:
 * its reply was lost, or an immutable tag was right before. Throws `RegistryError`.
 */
export async function putManifest(
  name: RepositoryName,
  reference: string,
  manifest: Manifest,
  { client, clock }: RegistryDependencies,
): Promise<void> {
  checkReference(name, reference);
  checkManifest(name, reference, manifest);
  const stale = lastDigest(client, name, reference);
  let listedUnder: string | null = null;
  let failure: unknown;
  try {
    listedUnder = await sendManifest(client, name, reference, manifest);
  } catch (error) {
    failure = error;
  }
  const found =
    failure === undefined || (failure instanceof HttpError && isTagTaken(failure))
      ? await awaitDigest(() => headManifest(client, name, reference), manifest.digest, stale, clock)
      : await headManifest(client, name, reference, { tries: 1 }).catch(() => undefined);
  if (found !== manifest.digest) throw notPut(name, reference, manifest, found, failure);
  // A registry with the referrers API names the subject in this header.
  const subject = linksOf(manifest).subject?.digest;
  if (subject !== undefined && listedUnder !== subject) {
    await listAsReferrer(name, subject, manifest, { client, clock });
  }
}

function notPut(
  name: RepositoryName,
  reference: string,
  { digest }: Manifest,
  found: string | undefined,
  failure: unknown,
): unknown {
  const image = printName(name, reference);
  if (failure === undefined) {
    const answer = found === undefined ? 'has no such manifest' : `answers with ${found}`;
    const message = `${image}: ${digest} was put and accepted, yet the registry ${answer}; start the run again, unless another client writes this tag`;
    return new PipelineError(ERROR_NAMES.registry, message);
  }
  if (found === undefined || !isRefusal(failure)) return failure;
  const message = `${image} is ${found} and did not become ${digest}: ${failure.message}`;
  return new PipelineError(ERROR_NAMES.registry, message, { cause: failure });
}

/** True for a reply that refuses the manifest, most likely because its tag is immutable. */
function isRefusal(error: unknown): error is HttpError {
  return error instanceof HttpError && [400, 405, 409, 412].includes(error.status ?? 0);
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
  if (problem !== undefined) throw new PipelineError(ERROR_NAMES.registry, `${printName(name, reference)}: ${problem}`);
}

/** Waits until one more manifest may be put on the host. All puts of a run share one. */
export type PutRateLimiter = (host: string) => Promise<void>;

/** Creates a limiter with ECR's quota for ECR's hosts, and no limit for others. */
export function createPutRateLimiter(clock: Clock): PutRateLimiter {
  const limiters = new Map<string, () => Promise<void>>();
  return async (host) => {
    if (ecrRegion(host) === undefined) return;
    const limiter = limiters.get(host) ?? createRateLimiter(ECR_PUTS_PER_SECOND, clock);
    limiters.set(host, limiter);
    await limiter();
  };
}

/** Creates a function that lets at most `perSecond` callers a second go on, in the order in which they came. */
function createRateLimiter(perSecond: number, clock: Clock): () => Promise<void> {
  const interval = 1000 / perSecond;
  let next = 0;
  return async () => {
    const now = clock.now();
    const mine = Math.max(now, next);
    next = mine + interval;
    if (mine > now) await clock.sleep(mine - now);
  };
}
