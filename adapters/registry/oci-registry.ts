/** The image registry port over HTTP, for any registry that implements the OCI distribution specification. */
import { ERROR_NAMES } from '../../core/contract/errors';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import { createHttpClient } from '../http/http-client';
import { createRetryBudget, type RetryBudget, type RetryPolicy } from '../http/retry';
import { createRegistryClient, pullsLeft, type RegistryAccess } from './client/registry-client';
import { copyContent } from './copy';
import { putBlob, type TransferDependencies } from './copy-blob';
import { listTags } from './list';
import { fetchConfig, fetchManifest, fetchSmallBlob, headManifest } from './manifests';
import { createPutRateLimiter, type PutRateLimiter, putManifest } from './put';
import { listReferrers } from './referrers';

export interface OciRegistryOptions extends RegistryAccess, RegistryPatience {
  /** Returns numbers from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Requests at a time to one host; default 16. */
  readonly concurrency?: number;
  /** Retries of all requests together, where others of the same run share them; default: `RUN_BUDGET` of its own. */
  readonly budget?: RetryBudget;
  /** Limits how fast manifests are put, where others of the same run put some, too; default: one of its own. */
  readonly putPace?: PutRateLimiter;
}

/** Retries and time limits of requests to a registry. */
export interface RegistryPatience {
  /** Default: `RUN_RETRIES`. */
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try of anything but a blob; default 60,000. */
  readonly timeout?: number;
}

/** The port, and what else registries can do. */
export interface OciRegistry extends ImageRegistry {
  /** Returns all tags of a repository; undefined if there is no such repository. */
  listTags(name: RepositoryName): Promise<readonly string[] | undefined>;
}

/** Retries of all requests of a run together. */
export const RUN_BUDGET = 200;

/** A registry that is down for 20 s, as while it restarts, fails no run. */
export const RUN_RETRIES: RetryPolicy = { tries: 8, firstWait: 500, longestWait: 60_000, leastTime: 20_000 };

/** Creates a registry client for one run. It caches tokens and counts retries, so create a new one for each run. */
export function createOciRegistry(options: OciRegistryOptions): OciRegistry {
  const dependencies = openRegistryClient(options);
  const { client } = dependencies;
  return {
    head: (name, reference) => headManifest(client, name, reference),
    get: (name, reference) => fetchManifest(client, name, reference),
    config: (name, manifest) => fetchConfig(client, name, manifest),
    put: (name, reference, manifest) => putManifest(name, reference, manifest, dependencies),
    copyContent: (from, to, manifest, kept) => copyContent(from, to, manifest, { ...dependencies, kept }),
    pullsLeft: (host) => pullsLeft(client, host),
    referrers: (name, digest) => listReferrers(client, name, digest),
    blob: (name, digest) => fetchSmallBlob(client, name, digest),
    putBlob: (name, bytes) => putBlob(name, bytes, dependencies),
    listTags: (name) => listTags(client, name),
  };
}

/** Opens what the calls of the registry protocol need, for callers below the port. */
export function openRegistryClient(options: OciRegistryOptions): TransferDependencies {
  const { clock, random = Math.random, budget = createRetryBudget(RUN_BUDGET) } = options;
  const { putPace = createPutRateLimiter(clock) } = options;
  const http = createHttpClient({
    retry: RUN_RETRIES,
    ...options,
    errorName: ERROR_NAMES.registry,
    random,
    budget,
    pace: async ({ method, url }) => {
      if (method === 'PUT' && url.pathname.includes('/manifests/')) await putPace(url.host);
    },
  });
  return { client: createRegistryClient({ ...options, http }), clock, random, budget };
}

/** Returns one port for several kinds of registries: `special` chooses by host, otherwise `usual`. The destination makes a copy. */
export function registryByHost(
  usual: ImageRegistry,
  special: (host: string) => ImageRegistry | undefined,
): ImageRegistry {
  const of = (host: string) => special(host) ?? usual;
  return {
    head: (name, reference) => of(name.host).head(name, reference),
    get: (name, reference) => of(name.host).get(name, reference),
    config: (name, manifest) => of(name.host).config(name, manifest),
    put: (name, reference, manifest) => of(name.host).put(name, reference, manifest),
    copyContent: (from, to, manifest, kept) => of(to.host).copyContent(from, to, manifest, kept),
    whyNotReplicated: async (name, digest, to) => of(name.host).whyNotReplicated?.(name, digest, to),
    whyNotWritable: async (name) => of(name.host).whyNotWritable?.(name),
    pullsLeft: (host) => of(host).pullsLeft?.(host),
    referrers: (name, digest) => of(name.host).referrers(name, digest),
    blob: (name, digest) => of(name.host).blob(name, digest),
    putBlob: (name, bytes) => of(name.host).putBlob(name, bytes),
  };
}
