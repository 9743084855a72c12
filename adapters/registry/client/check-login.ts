/** Whether a registry takes our login, and how many pulls Docker Hub still allows. Nothing is pulled for either. */
import { ERROR_NAMES } from '../../../core/contract/errors';
import { parseRateLimit } from '../../../core/doctor/judge-registry';
import type { PullLimit } from '../../../core/image/exhausted-rate-limit';
import type { Clock } from '../../../core/ports/store';
import { createHttpClient } from '../../http/http-client';
import { discardBody } from '../../http/http-request';
import type { CredentialSource } from './credentials';
import { createRegistryClient, type RegistryClient } from './registry-client';

export interface RegistryLoginOptions {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly allowLoopback: boolean;
}

/** Made by Docker for this question: a HEAD of it counts as no pull. https://docs.docker.com/docker-hub/usage/pulls/ */
const PREVIEW = 'ratelimitpreview/test';

/** The user that the registry takes us for, undefined if anybody is let in. Throws `RegistryError` if it refuses us. */
export async function checkRegistryLogin(host: string, options: RegistryLoginOptions): Promise<string | undefined> {
  const call = { method: 'GET', host, target: '', scopes: [], expect: [200] } as const;
  await clientOf(options).call(call, async (reply) => discardBody(reply));
  return (await options.credentials(host))?.username;
}

/** What the registry (`docker.io`) says of pulls. Throws `RegistryError`. */
export async function readPullLimit(host: string, options: RegistryLoginOptions): Promise<PullLimit> {
  const target = `${PREVIEW}/manifests/latest`;
  const scopes = [`repository:${PREVIEW}:pull`];
  const call = { method: 'HEAD', host, target, scopes, expect: [200, 429] } as const;
  const { limit, remaining } = await clientOf(options).call(call, async (reply) => {
    discardBody(reply);
    return {
      limit: parseRateLimit(reply.headers.get('ratelimit-limit')),
      remaining: parseRateLimit(reply.headers.get('ratelimit-remaining')),
    };
  });
  const user = (await options.credentials(host))?.username;
  return {
    ...(limit === undefined ? {} : { limit: limit.count, windowSeconds: limit.windowSeconds }),
    ...(remaining === undefined ? {} : { remaining: remaining.count }),
    ...(user === undefined ? {} : { user }),
  };
}

function clientOf({ credentials, clock, allowLoopback }: RegistryLoginOptions): RegistryClient {
  const retry = { tries: 3, firstWait: 300, longestWait: 3000 };
  const http = createHttpClient({
    errorName: ERROR_NAMES.registry,
    clock,
    random: Math.random,
    allowLoopback,
    retry,
    timeout: 15_000,
  });
  return createRegistryClient({ http, clock, credentials, allowLoopback });
}
