/** What a registry says of the pulls that are left, with any reply about a manifest. https://docs.docker.com/docker-hub/usage/pulls/ */
import { type PullLimit, parseRateLimit } from '../../core/doctor/judge-pulls';
import type { HttpReply } from '../http/http-request';
import { perClient } from './per-client';
import type { RegistryClient } from './registry-client';

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
