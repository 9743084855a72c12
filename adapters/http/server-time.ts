/** What time it is elsewhere: the `Date` header of any answer. */
import type { ErrorName } from '../../core/contract/errors';
import type { ServerTime } from '../../core/doctor/judge-quotas';
import type { Clock } from '../../core/ports/store';
import { isLoopback } from './allowed-address';
import { createHttpClient } from './http-client';
import { discardBody } from './http-request';

/** Whatever a server answers has a date. */
const ANY_STATUS = Array.from({ length: 400 }, (_, index) => 200 + index);

/** Undefined if the server says no time. Throws an error of that name if it cannot be reached. */
export async function readServerTime(url: URL, clock: Clock, errorName: ErrorName): Promise<ServerTime | undefined> {
  const allowLoopback = isLoopback(url.hostname);
  const retry = { tries: 2, firstWait: 200, longestWait: 1000 };
  const http = createHttpClient({ errorName, clock, random: Math.random, allowLoopback, retry, timeout: 10_000 });
  const asked = clock.now();
  const request = { method: 'HEAD', url, expect: ANY_STATUS } as const;
  return http.exchange(request, async (reply) => {
    discardBody(reply);
    const server = Date.parse(reply.headers.get('date') ?? '');
    if (Number.isNaN(server)) return undefined;
    // The header has whole seconds, cut off.
    return { host: url.host, server: server + 500, here: (asked + clock.now()) / 2 };
  });
}
