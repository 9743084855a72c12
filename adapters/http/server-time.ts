/** Reads the time of a server from the `Date` header of any answer. */
import type { ErrorName } from '../../core/contract/errors';
import type { ServerTime } from '../../core/doctor/judge-quotas';
import type { Clock } from '../../core/ports/store';
import { isLoopback } from './allowed-address';
import { createHttpClient } from './http-client';
import { discardBody } from './http-request';

/** Every answer has a date, an error included. */
const ANY_STATUS = Array.from({ length: 400 }, (_, index) => 200 + index);

/** Returns the server's time beside ours, in ms since 1970; undefined if it sends none. Throws an `HttpError` if it cannot be reached. */
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
    // The header is cut to whole seconds.
    return { host: url.host, server: server + 500, here: (asked + clock.now()) / 2 };
  });
}
