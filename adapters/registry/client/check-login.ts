/** Checks the login at a registry, and how many pulls Docker Hub still allows. Nothing is pulled for either. */
import { ERROR_NAMES } from '../../../core/contract/errors';
import { parseRateLimit } from '../../../core/doctor/judge-registry';
import type { PullLimit } from '../../../core/image/exhausted-rate-limit';
import { createHttpClient } from '../../http/http-client';
import { pull } from './authorizer';
import { createRegistryClient, type RegistryAccess, type RegistryClient } from './registry-client';

/** Made by Docker for this question: its HEAD does not count as a pull. https://docs.docker.com/docker-hub/usage/pulls/ */
const PREVIEW = 'ratelimitpreview/test';

/** Returns the user that the registry accepts, undefined if it accepts anybody. Throws `RegistryError` if it refuses the login. */
export async function checkRegistryLogin(host: string, options: RegistryAccess): Promise<string | undefined> {
  const call = { method: 'GET', host, target: '', scopes: [], expect: [200] } as const;
  await clientOf(options).send(call, () => undefined);
  return (await options.credentials(host))?.username;
}

/** Returns the limit of pulls by the headers of the registry (`docker.io`). Throws `RegistryError`. */
export async function readPullLimit(host: string, options: RegistryAccess): Promise<PullLimit> {
  const target = `${PREVIEW}/manifests/latest`;
  const scopes = [pull(PREVIEW)];
  const call = { method: 'HEAD', host, target, scopes, expect: [200, 429] } as const;
  const { limit, remaining } = await clientOf(options).send(call, ({ headers }) => ({
    limit: parseRateLimit(headers.get('ratelimit-limit')),
    remaining: parseRateLimit(headers.get('ratelimit-remaining')),
  }));
  const user = (await options.credentials(host))?.username;
  return {
    ...(limit === undefined ? {} : { limit: limit.count, windowSeconds: limit.windowSeconds }),
    ...(remaining === undefined ? {} : { remaining: remaining.count }),
    ...(user === undefined ? {} : { user }),
  };
}

function clientOf(access: RegistryAccess): RegistryClient {
  const retry = { tries: 3, firstWait: 300, longestWait: 3000 };
  const http = createHttpClient({
    ...access,
    errorName: ERROR_NAMES.registry,
    random: Math.random,
    retry,
    timeout: 15_000,
  });
  return createRegistryClient({ ...access, http });
}
