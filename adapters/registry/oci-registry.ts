/** The image registry port over HTTP: any registry that speaks the OCI distribution specification. */
import { ERROR_NAMES } from '../../core/contract/errors';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { createHttpClient } from '../http/http-client';
import { createRetryBudget, type RetryBudget, type RetryPolicy } from '../http/retry';
import type { CredentialSource } from './client/credentials';
import { pullsLeft } from './client/per-client';
import { createRegistryClient } from './client/registry-client';
import { copyContent } from './copy';
import { getConfig } from './image-config';
import { listTags } from './list-tags';
import { getManifest, headManifest } from './manifests';
import { createPutRateLimiter, type PutRateLimiter, putManifest } from './put-manifest';

export interface OciRegistryOptions extends RegistryPatience {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Allows registries, token services and redirects on this machine, over http: the local mode. */
  readonly allowLoopback: boolean;
  /** Requests at a time to one host; default 16. */
  readonly concurrency?: number;
  /** Retries of all requests together, where others of the same run share them; default: `RUN_BUDGET` of its own. */
  readonly budget?: RetryBudget;
  /** How fast manifests are put, where others of the same run put some, too; default: one of its own. */
  readonly putPace?: PutRateLimiter;
}

/** How long a registry is waited for. */
export interface RegistryPatience {
  /** Default: eight tries, over 20 s at least. */
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try of anything but a blob; default 60,000. */
  readonly timeout?: number;
}

/** The port, and what else registries can be asked. */
export interface OciRegistry extends ImageRegistry {
  /** All tags of a repository; undefined if there is none of this name. */
  listTags(name: RepositoryName): Promise<readonly string[] | undefined>;
}

/** Retries of all requests of a run together. */
export const RUN_BUDGET = 200;

/** For what a run cannot do without: a registry that is down for 20 s, as while it is restarted, fails no run. */
export const RUN_RETRIES: RetryPolicy = { tries: 8, firstWait: 500, longestWait: 60_000, leastTime: 20_000 };

/** A registry client for one run. It keeps tokens and counts retries, so make a new one for each run. */
export function createOciRegistry(options: OciRegistryOptions): OciRegistry {
  const { clock, credentials, allowLoopback, random = Math.random } = options;
  const budget = options.budget ?? createRetryBudget(RUN_BUDGET);
  const putPace = options.putPace ?? createPutRateLimiter(clock);
  const http = createHttpClient({
    errorName: ERROR_NAMES.registry,
    clock,
    random,
    allowLoopback,
    budget,
    pace: async ({ method, url }) => {
      if (method === 'PUT' && url.pathname.includes('/manifests/')) await putPace(url.host);
    },
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    retry: options.retry ?? RUN_RETRIES,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
  const client = createRegistryClient({ http, clock, credentials, allowLoopback });
  const dependencies = { client, clock, random, budget };
  return {
    head: (name, reference) => headManifest(client, name, reference),
    get: (name, reference) => getManifest(client, name, reference),
    config: (name, manifest) => getConfig(client, name, manifest),
    put: (name, reference, manifest) => putManifest(name, reference, manifest, dependencies),
    copyContent: (from, to, manifest, kept) => copyContent(from, to, manifest, { ...dependencies, kept }),
    pullsLeft: (host) => pullsLeft(client, host),
    listTags: (name) => listTags(client, name),
  };
}

// One port for registries of several kinds: each call goes to the one that its host belongs to.

/** `special` gives the registry for a host that has one of its own; all others are `usual`. A copy is made by its destination. */
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
    pullsLeft: (host) => of(host).pullsLeft?.(host),
  };
}
