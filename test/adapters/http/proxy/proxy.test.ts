/** Requests through a proxy in this process, which knows the names of servers behind it. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { createHttpClient } from '../../../../adapters/http/http-client';
import { readBytes } from '../../../../adapters/http/http-request';
import { proxyOf } from '../../../../adapters/http/proxy';
import { ERROR_NAMES } from '../../../../core/contract/errors';
import { type LoopbackServer, listen } from '../../../support/http/listen';
import { createStillClock } from '../../../support/pipeline/memory-state';

const fixture = (file: string) => readFileSync(resolve(__dirname, '../../../fixtures/tls', file));
const LOGIN = `Basic ${Buffer.from('ci:sw0rdfish').toString('base64')}`;
const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];

const servers: LoopbackServer[] = [];
const open: Duplex[] = [];
let asked: string[];
let target: number;
let proxy: number;
let needsLogin: boolean;

async function portOf(server: Server): Promise<number> {
  const listening = await listen(server);
  servers.push(listening);
  return listening.port;
}

beforeEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  asked = [];
  needsLogin = false;
  const certificate = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
  target = await portOf(
    createSecureServer(certificate, (request, response) => {
      request.pipe(response.writeHead(200, { 'x-method': request.method }));
    }),
  );
  const server = createServer();
  server.on('connect', ({ url = '', headers }, client: Duplex) => {
    asked.push(url);
    open.push(client);
    if (needsLogin && headers['proxy-authorization'] !== LOGIN) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const behind = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      behind.pipe(client).pipe(behind);
    });
    open.push(behind);
    behind.on('error', () => client.destroy());
    client.on('error', () => behind.destroy());
  });
  proxy = await portOf(server);
});

afterEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  for (const socket of open.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.stop();
});

/** Sends a body to a host behind the proxy, whose certificate is that of localhost. */
function send(client = newClient(), host = 'registry.internal') {
  const request = {
    method: 'POST',
    url: new URL(`https://${host}:${target}/v2/`),
    body: 'layer',
    expect: [200],
    repeatable: true,
  } as const;
  return client.exchange(request, async (reply) => String(await readBytes(reply, 100)));
}

function newClient() {
  const tls = { ca: fixture('localhost.cert.pem'), servername: 'localhost' };
  const retry = { tries: 1, firstWait: 1, longestWait: 1 };
  const clock = createStillClock();
  return createHttpClient({
    errorName: ERROR_NAMES.registry,
    clock,
    random: () => 0,
    allowLoopback: false,
    retry,
    tls,
  });
}

test('a host that only the proxy knows is asked through it, end to end by TLS, and the connection stays open', async () => {
  process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy}`;
  const client = newClient();

  expect(await send(client)).toBe('layer');
  expect(await send(client)).toBe('layer');
  expect(asked).toEqual([`registry.internal:${target}`]);
});

test('a login in the address is sent to the proxy', async () => {
  needsLogin = true;
  process.env.https_proxy = `http://ci:sw0rdfish@127.0.0.1:${proxy}`;
  expect(await send()).toBe('layer');
});

test('a proxy that refuses the login is named, and no error has the password', async () => {
  needsLogin = true;
  process.env.HTTPS_PROXY = `http://ci:wr0ng@127.0.0.1:${proxy}`;
  const error = await send().catch((thrown: Error) => thrown);
  expect(String(error)).toContain(
    `407: the server gave no reason; the proxy 127.0.0.1:${proxy} asks for a login; write it into HTTPS_PROXY`,
  );
  expect(JSON.stringify([error, String(error)])).not.toContain('wr0ng');
});

test('a proxy that does not answer is named in the error', async () => {
  process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
  await expect(send()).rejects.toThrow('it was asked through the proxy 127.0.0.1:9 of HTTPS_PROXY');
});

test('an HTTPS_PROXY that is no address fails without repeating it', async () => {
  process.env.HTTPS_PROXY = 'http://ci:sw0rdfish@';
  await expect(send()).rejects.toThrow(/HTTPS_PROXY is no address/);
  await expect(send()).rejects.not.toThrow(/sw0rdfish/);
});

test.each([
  ['https://registry.internal/v2/', 'registry.internal'],
  ['https://registry.internal/v2/', '.internal'],
  ['https://registry.internal:5000/v2/', 'other,registry.internal:5000'],
  ['https://registry.internal/v2/', '*'],
  ['https://localhost:5000/v2/', ''],
  ['https://127.0.0.1:5000/v2/', ''],
  ['http://registry.internal:5000/v2/', ''],
])('%s is reached directly if NO_PROXY is "%s"', (url, excepted) => {
  process.env.HTTPS_PROXY = 'http://proxy.example:3128';
  process.env.NO_PROXY = excepted;
  expect(proxyOf(new URL(url))).toBeUndefined();
  expect(proxyOf(new URL('https://ghcr.io/v2/'))?.host).toBe(excepted === '*' ? undefined : 'proxy.example:3128');
});
