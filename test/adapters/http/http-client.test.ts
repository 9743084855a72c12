/** The HTTP client against real servers: replies, errors, sizes, time limits, connections. */
import { gzipSync } from 'node:zlib';
import { client, get, text, useServers } from '../../support/http/client-and-servers';
import { startServer } from '../../support/http/listen';
import { startScriptedRegistry } from '../../support/registry/scripted-registry';

const serve = useServers();

test('the reader gets the body of the reply', async () => {
  const server = await serve(() => ({ status: 200, body: 'hello' }));

  expect(await client().exchange(get(server), text)).toBe('hello');
});

test('the error prints method, address, status, code and reason', async () => {
  const server = await serve(() => ({ status: 403, body: '{"errors":[{"code":"DENIED","message":"not yours"}]}' }));

  const call = client().exchange(get(server, '/x?sig=abc'), text);

  await expect(call).rejects.toMatchObject({
    name: 'RegistryError',
    message: `GET http://${server.host}/x?sig=***: 403 DENIED: not yours`,
    status: 403,
    code: 'DENIED',
    isRetryable: false,
  });
  expect(server.asked).toHaveLength(1);
});

test.each([
  ['the request', { timeout: 100 }, Number.POSITIVE_INFINITY],
  ['the client', {}, 100],
])('a request to a server that does not answer ends after the time limit of %s', async (_, more, timeout) => {
  const server = await serve(() => undefined);
  const silent = await startServer(() => undefined);
  const url = new URL(silent.url);

  const call = client({ timeout }).exchange({ ...get(server), url, tries: 1, ...more }, text);

  await expect(call).rejects.toMatchObject({ code: 'TIMEOUT', isRetryable: true });
  await silent.stop();
});

test('requests one after the other use one connection', async () => {
  const ports = new Set<number | undefined>();
  const server = await startServer(({ socket }, reply) => {
    ports.add(socket.remotePort);
    reply.end('ok');
  });
  const url = new URL(server.url);
  const http = client();

  for (let sent = 0; sent < 3; sent += 1) {
    await http.exchange({ method: 'GET', url, expect: [200] }, text);
    await new Promise(setImmediate);
  }
  await server.stop();

  expect(ports.size).toBe(1);
});

test('a body larger than allowed is not read to its end', async () => {
  const server = await serve(() => ({ status: 200, body: Buffer.alloc(100_000_000) }));

  await expect(client().exchange(get(server), text)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test('an error body of 100 MB costs no memory, and no HTML of it is printed', async () => {
  const body = Buffer.alloc(100_000_000, '<p>secret</p>');
  const server = await serve(() => ({ status: 400, body, headers: { 'content-type': 'text/html' } }));

  await expect(client().exchange(get(server), text)).rejects.toThrow(
    /: 400: the server answered with an HTML page instead of JSON$/,
  );
});

test('a compressed reply is decompressed', async () => {
  const server = await serve(() => ({ status: 200, body: gzipSync('hello'), headers: { 'content-encoding': 'gzip' } }));

  expect(await client().exchange(get(server), text)).toBe('hello');
  expect(server.asked[0]?.headers['accept-encoding']).toBe('gzip');
});

test('if nothing answers, the error names the host and what to check', async () => {
  const server = await startScriptedRegistry(() => undefined);
  await server.close();

  await expect(client().exchange(get(server), text)).rejects.toThrow(
    `GET http://${server.host}/x: ECONNREFUSED: nothing answers at ${server.host}; check host and port, and that the server is running`,
  );
});
