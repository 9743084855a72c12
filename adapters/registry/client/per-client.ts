/** What a client finds out about registries while it runs, forgotten with the client. */

import { parseRateLimit } from '../../../core/doctor/judge-registry';
import type { PullLimit } from '../../../core/image/exhausted-rate-limit';
import type { HttpReply } from '../../http/http-request';
import type { RegistryClient } from './registry-client';

/** A function that gives each client its own memory, made when it first asks. */
export function perClient<Memory>(make: () => Memory): (client: RegistryClient) => Memory {
  const memories = new WeakMap<RegistryClient, Memory>();
  return (client) => {
    const memory = memories.get(client) ?? make();
    memories.set(client, memory);
    return memory;
  };
}

// What a registry says of the pulls that are left, with any reply about a manifest. https://docs.docker.com/docker-hub/usage/pulls/

const limits = perClient(() => new Map<string, PullLimit>());

/** Keeps what the reply says; one that says nothing changes nothing. */
export function notePulls(client: RegistryClient, host: string, { headers }: Pick<HttpReply, 'headers'>): void {
  const remaining = parseRateLimit(headers.get('ratelimit-remaining'));
  if (remaining === undefined) return;
  const limit = parseRateLimit(headers.get('ratelimit-limit'));
  limits(client).set(host, {
    remaining: remaining.count,
    windowSeconds: remaining.windowSeconds,
    ...(limit === undefined ? {} : { limit: limit.count }),
  });
}

/** What the client was told last; undefined if the registry counts no pulls, or was not asked yet. */
export function pullsLeft(client: RegistryClient, host: string): PullLimit | undefined {
  return limits(client).get(host);
}
