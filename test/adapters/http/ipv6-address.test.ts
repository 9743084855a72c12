/** Addresses in brackets. */
import { createServer } from 'node:http';
import { createHttpClient } from '../../../adapters/http/http-client';
import { readBytes } from '../../../adapters/http/http-request';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { listen } from '../../support/http/listen';
import { createStillClock } from '../../support/pipeline/memory-state';

const options = { errorName: ERROR_NAMES.registry, clock: createStillClock(), random: () => 1, allowLoopback: true };
const http = createHttpClient(options);

test('a request to an IPv6 address has the path, the query and the login of its URL', async () => {
  const server = createServer(({ url, headers }, reply) =>
    reply.end(`${url} ${headers.host} ${headers.authorization}`),
  );
  const { port, stop } = await listen(server, '::1');
  const url = new URL(`http://me:p%40ss@[::1]:${port}/x%20y?n=1&m=a%2Fb#part`);

  const found = await http.exchange({ method: 'GET', url, expect: [200] }, async (reply) =>
    (await readBytes(reply, 1024)).toString(),
  );

  const login = Buffer.from('me:p@ss').toString('base64');
  expect(found).toBe(`/x%20y?n=1&m=a%2Fb [::1]:${port} Basic ${login}`);
  await stop();
});
