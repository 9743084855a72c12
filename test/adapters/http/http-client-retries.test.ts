/** Retries of the HTTP client, their waits, and the number of requests that a host gets at a time. */
import { BrokenReplyError, UnusableReplyError } from '../../../adapters/http/http-error';
import { discardBody, type HttpReply } from '../../../adapters/http/http-request';
import { createRetryBudget } from '../../../adapters/http/retry';
import { client, clock, get, text, useServers } from '../../support/http/client-and-servers';

const serve = useServers();

test.each([408, 429, 500, 502, 503, 504])('%i is tried five times, with growing waits', async (status) => {
  const server = await serve(() => ({ status }));
  const before = clock.waited();

  await expect(client().exchange(get(server), text)).rejects.toMatchObject({ status, isRetryable: true });

  expect(server.asked).toHaveLength(5);
  expect(clock.waited() - before).toBe(500 + 1000 + 2000 + 4000);
});

test.each([500, 502, 503])('%i is final if the registry blames the request', async (status) => {
  const body =
    '{"errors":[{"code":"UNKNOWN","message":"unknown error"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"no"}]}';
  const server = await serve(() => ({ status, body }));

  await expect(client().exchange(get(server), text)).rejects.toThrow(`${status} MANIFEST_BLOB_UNKNOWN: no`);
  expect(server.asked).toHaveLength(1);
});

test('an error of the registry itself is retried with any code', async () => {
  const server = await serve((_, nth) =>
    nth < 3
      ? { status: 503, body: '{"errors":[{"code":"UNAVAILABLE","message":"busy"}]}' }
      : { status: 200, body: 'ok' },
  );

  expect(await client().exchange(get(server), text)).toBe('ok');
});

test('a POST that the server may have processed is not retried', async () => {
  const server = await serve(() => ({ status: 502 }));

  await expect(client().exchange({ ...get(server), method: 'POST', body: '{}' }, text)).rejects.toMatchObject({
    status: 502,
  });
  expect(server.asked).toHaveLength(1);

  await expect(
    client().exchange({ ...get(server), method: 'POST', body: '{}', repeatable: true }, text),
  ).rejects.toMatchObject({ status: 502 });
  expect(server.asked).toHaveLength(6);
});

test('a wait that the server requests delays all requests to it, for at most a minute', async () => {
  const server = await serve(({ url }, nth) =>
    url === '/limited' && nth === 1 ? { status: 429, headers: { 'retry-after': '3600' } } : { status: 200, body: 'ok' },
  );
  const http = client({ concurrency: 1 });
  const before = clock.waited();

  const [limited, other] = await Promise.all([
    http.exchange(get(server, '/limited'), text),
    http.exchange(get(server, '/other'), text),
  ]);

  expect([limited, other]).toEqual(['ok', 'ok']);
  expect(clock.waited() - before).toBe(60_000);
});

test.each([
  [{ 'ratelimit-limit': '100;w=21600' }, 'the limit of 100 is used up and renews within 6 h'],
  [{ 'ratelimit-limit': '<b>' }, 'the limit is used up and renews within 6 h'],
  [{}, 'the limit is used up and renews within 6 h'],
])('a limit that is exhausted for hours fails at once and delays no other request: %j', async (more, message) => {
  const server = await serve(({ url }) =>
    url === '/limited'
      ? { status: 429, headers: { 'ratelimit-remaining': '0;w=21600', 'retry-after': '30', ...more } }
      : { status: 200, body: 'ok' },
  );
  const http = client({ concurrency: 1 });
  const before = clock.waited();

  const failed = http.exchange(get(server, '/limited'), text);

  await expect(failed).rejects.toThrow(
    `${message}; log in, as a user with a higher limit if you are logged in, or wait`,
  );
  expect(await http.exchange(get(server, '/other'), text)).toBe('ok');
  expect(server.asked).toHaveLength(2);
  expect(clock.waited()).toBe(before);
});

test.each(['0', '1;w=21600', '0;w=', '0;r=5', ''])(
  'a request with the remaining limit %j is retried, since the limit may renew soon',
  async (remaining) => {
    const server = await serve((_, nth) =>
      nth === 1 ? { status: 429, headers: { 'ratelimit-remaining': remaining } } : { status: 200, body: 'ok' },
    );

    expect(await client().exchange(get(server), text)).toBe('ok');
  },
);

test('a policy with a minimum time retries for that time, even if the random waits are short', async () => {
  const server = await serve(() => ({ status: 503 }));
  const retry = { tries: 3, firstWait: 500, longestWait: 60_000, leastTime: 20_000 };
  const http = client({ random: () => 0.1, retry });
  const before = clock.waited();

  await expect(http.exchange(get(server, '/whole'), text)).rejects.toMatchObject({ status: 503 });
  expect(clock.waited() - before).toBeGreaterThanOrEqual(20_000);
  // A request with fewer tries keeps to them.
  await expect(http.exchange({ ...get(server, '/short'), tries: 1 }, text)).rejects.toMatchObject({ status: 503 });
  expect(server.asked.filter(({ url }) => url === '/short')).toHaveLength(1);
});

test('a refusal with a time to wait delays later requests, also with 403 as GitHub sends it', async () => {
  const server = await serve(({ url }) =>
    url === '/limited' ? { status: 403, headers: { 'retry-after': '7' } } : { status: 200, body: 'ok' },
  );
  const http = client();
  const before = clock.waited();

  await expect(http.exchange(get(server, '/limited'), text)).rejects.toMatchObject({ status: 403 });
  await http.exchange(get(server), text);

  expect(clock.waited() - before).toBe(7000);
});

test('a host never gets more requests at a time than allowed', async () => {
  let running = 0;
  let most = 0;
  const http = client({
    concurrency: 3,
    pace: async () => {
      running += 1;
      most = Math.max(most, running);
    },
  });
  const server = await serve(() => ({ status: 200, body: 'ok' }));

  await Promise.all(
    Array.from({ length: 20 }, () =>
      http.exchange(get(server), async (reply) => {
        const body = await text(reply);
        running -= 1;
        return body;
      }),
    ),
  );

  expect(most).toBe(3);
});

test('a host that is down gets no more requests than may run at a time', async () => {
  const before = clock.waited();
  const isDown = () => clock.waited() - before < 10_000;
  const askedWhileDown = new Set<string>();
  const server = await serve(({ url }) => {
    if (!isDown()) return { status: 200, body: 'ok' };
    askedWhileDown.add(url);
    return { status: 503 };
  });
  const http = client({ concurrency: 4, budget: createRetryBudget(20) });

  const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
  const replies = await Promise.all(paths.map((path) => http.exchange(get(server, path), text)));

  expect(new Set(replies)).toEqual(new Set(['ok']));
  expect([...askedWhileDown]).toEqual(['/0', '/1', '/2', '/3']);
});

test('when the budget is used up, nothing is retried', async () => {
  const server = await serve(() => ({ status: 503 }));
  const http = client({ budget: createRetryBudget(3) });

  await Promise.allSettled(Array.from({ length: 10 }, (_, index) => http.exchange(get(server, `/${index}`), text)));

  expect(server.asked).toHaveLength(13);
});

test('a broken reply is requested again, an unusable one is not', async () => {
  const server = await serve(() => ({ status: 200, body: 'x' }));
  const failing = (error: Error) => async (reply: HttpReply) => {
    discardBody(reply);
    throw error;
  };

  await expect(client().exchange(get(server), failing(new BrokenReplyError('odd bytes')))).rejects.toThrow(
    /odd bytes$/,
  );
  expect(server.asked).toHaveLength(5);
  await expect(client().exchange(get(server), failing(new UnusableReplyError('HTML', 'a page')))).rejects.toThrow(
    /: HTML: a page$/,
  );
  expect(server.asked).toHaveLength(6);
});
