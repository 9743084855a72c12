/** The image registry port over HTTP: any registry that speaks the OCI distribution specification. */
import { ERROR_NAMES } from '../../core/contract';
import type { Clock, ImageRegistry } from '../../core/ports';
import { createHttpClient } from '../http/http-client';
import { createRetryBudget } from '../http/retry-budget';
import type { RetryPolicy } from '../http/retry-policy';
import { copyContent } from './copy-content';
import type { CredentialSource } from './credentials';
import { getManifest, headManifest } from './manifests';
import { putManifest } from './put-manifest';
import { createRegistryClient } from './registry-client';

export interface OciRegistryOptions {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Allows registries, token services and redirects on this machine, over http: the local mode. */
  readonly allowLoopback: boolean;
  /** Requests at a time to one host; default 16. */
  readonly concurrency?: number;
  /** Retries of all requests together; default 200. */
  readonly retries?: number;
  readonly retry?: RetryPolicy;
}

const RETRIES = 200;

/** A registry client for one run. It keeps tokens and counts retries, so make a new one for each run. */
export function createOciRegistry(options: OciRegistryOptions): ImageRegistry {
  const { clock, credentials, allowLoopback, random = Math.random } = options;
  const http = createHttpClient({
    errorName: ERROR_NAMES.registry,
    clock,
    random,
    allowLoopback,
    budget: createRetryBudget(options.retries ?? RETRIES),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.retry === undefined ? {} : { retry: options.retry }),
  });
  const client = createRegistryClient({ http, clock, credentials, allowLoopback });
  const dependencies = { client, clock, random };
  return {
    head: (name, reference) => headManifest(client, name, reference),
    get: (name, reference) => getManifest(client, name, reference),
    put: (name, reference, manifest) => putManifest(name, reference, manifest, dependencies),
    copyContent: (from, to, manifest) => copyContent(from, to, manifest, dependencies),
  };
}
