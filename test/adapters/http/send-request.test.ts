/** One request over a real connection: its headers and body, its time limit, and the reply. */
import { readFileSync } from 'node:fs';
import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, Agent as SecureAgent } from 'node:https';
import { type NetConnectOpts, Socket } from 'node:net';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { discardBody, readBytes } from '../../../adapters/http/http-request';
import { followRedirects } from '../../../adapters/http/send-request';
import { type LoopbackServer, listen } from '../../support/http/listen';

const fixture = (file: string) => readFileSync(resolve(__dirname, '../../fixtures/tls', file));
const cert = fixture('localhost.cert.pem');
const agents = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true, ca: cert }) };
const RULES = { allowLoopback: true };
const servers: LoopbackServer[] = [];
let connections = 0;

beforeEach(() => {
  connections = 0;
});
afterAll(() => {
  agents.http.destroy();
  agents.https.destroy();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function hostOf(server: Server): Promise<string> {
  server.on('connection', () => {
    connections += 1;
  });
  const listening = await listen(server);
  servers.push(listening);
  return listening.host;
}

const serve = (listener: RequestListener) => hostOf(createServer(listener));
const send = (url: string, more: object = {}, timeout = 10_000, used = agents) =>
  followRedirects({ method: 'GET', url: new URL(url), expect: [200], ...more }, timeout, used, RULES);
async function sendAndDiscard(url: string, more: object = {}) {
  const reply = await send(url, more);
  discardBody(reply);
  return reply;
}
const text = async (reply: Parameters<typeof readBytes>[0]) => (await readBytes(reply, 1024)).toString();

describe('a request', () => {
  test('is sent by TLS to an https address, and its credentials do not follow a redirect out of TLS', async () => {
    const seen: (string | undefined)[] = [];
    const plain = await serve(({ headers }, reply) => {
      seen.push(headers.authorization);
      reply.end('plain');
    });
    const key = fixture('localhost.key.pem');
    const secure = await hostOf(
      createSecureServer({ key, cert }, ({ headers }, reply) => {
        seen.push(headers.authorization);
        reply.writeHead(302, { location: `http://${plain}/` }).end();
      }),
    );

    expect(await text(await send(`https://${secure}/`, { headers: { authorization: 'Bearer t' } }))).toBe('plain');
    expect(seen).toEqual(['Bearer t', undefined]);
  });

  test('names its client, since GitHub refuses requests without a user agent', async () => {
    const host = await serve(({ headers }, reply) => reply.end(headers['user-agent']));

    expect(await text(await send(`http://${host}/`))).toBe('monorepo-image-pipeline');
  });

  test.each([
    ['http://:only@HOST/', ':only'],
    ['http://only@HOST/', 'only:'],
  ])('to %s sends this login', async (url, login) => {
    const host = await serve(({ headers }, reply) => reply.end(headers.authorization));

    expect(await text(await send(url.replace('HOST', host)))).toBe(`Basic ${Buffer.from(login).toString('base64')}`);
  });

  const part = new Uint8Array(Buffer.from('not this: text, nor this')).subarray(10, 14);
  test.each<[string, unknown]>([
    ['a text', 'text'],
    ['a part of a larger array', part],
    ['a stream', async () => Readable.from([Buffer.from('te'), Buffer.from('xt')])],
    ['a stream of the web', async () => new Blob(['text']).stream()],
  ])('sends the bytes of %s, and no others', async (_, body) => {
    const host = await serve(async (request, reply) => reply.end(await buffer(request)));

    expect(await text(await send(`http://${host}/`, { method: 'PUT', body }))).toBe('text');
  });

  test('sends the length of its body', async () => {
    const host = await serve(({ headers }, reply) => reply.end(headers['content-length']));

    expect(await text(await send(`http://${host}/`, { method: 'PUT', body: 'hällo' }))).toBe('6');
  });

  test('fails if its stream fails', async () => {
    const host = await serve(() => undefined);
    const body = async () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('x');
          throw new Error('disk broke');
        })(),
      );

    await expect(send(`http://${host}/`, { method: 'PUT', body })).rejects.toThrow('disk broke');
  });

  test('closes its stream when the connection fails', async () => {
    const host = await serve(({ socket }) => socket.destroy());
    const stream = new Readable({ read: () => undefined });
    stream.push('x');

    await expect(send(`http://${host}/`, { method: 'PUT', body: async () => stream })).rejects.toThrow();
    expect(stream.destroyed).toBe(true);
  });

  test('stops sending a stream that is refused before its end, and closes the connection', async () => {
    const host = await serve((_, reply) => reply.writeHead(413).end('too large'));
    const stream = new Readable({
      read() {
        setImmediate(() => this.push(Buffer.alloc(1000)));
      },
    });

    const reply = await send(`http://${host}/`, { method: 'PUT', body: async () => stream });

    expect([reply.status, await text(reply), stream.destroyed]).toEqual([413, 'too large', true]);
    await text(await send(`http://${host}/`));
    expect(connections).toBe(2);
  });

  test('leaves its connection to the next request, also after a stream', async () => {
    const host = await serve(async (request, reply) => reply.end(await buffer(request)));
    const body = async () => Readable.from([Buffer.from('text')]);

    for (let sent = 0; sent < 3; sent += 1) {
      await text(await send(`http://${host}/`, { method: 'PUT', body }));
      await new Promise(setImmediate);
    }

    expect(connections).toBe(1);
  });
});

describe('time', () => {
  test('ends a request without an answer, and one whose reply stalls', async () => {
    const host = await serve(({ url }, reply) => {
      if (url === '/hangs') reply.writeHead(200).write('x');
    });

    await expect(send(`http://${host}/`, {}, 100)).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(send(`http://${host}/hangs`, {}, 300).then(text)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('without a limit is given to a slow answer', async () => {
    const host = await serve((_, reply) => void setTimeout(() => reply.end('late'), 50));

    expect(await text(await send(`http://${host}/`, {}, Number.POSITIVE_INFINITY))).toBe('late');
  });

  test('without a limit ends a request after five minutes of silence', async () => {
    const host = await serve(() => undefined);
    const waits: number[] = [];
    /** A connection on which five minutes pass in no time. */
    class HastySocket extends Socket {
      override setTimeout(milliseconds: number, done?: () => void): this {
        if (milliseconds > 0) waits.push(milliseconds);
        return super.setTimeout(milliseconds > 0 ? 20 : 0, done);
      }
    }
    class HastyAgent extends Agent {
      override createConnection(options: NetConnectOpts): Socket {
        return new HastySocket().connect(options);
      }
    }
    const used = { ...agents, http: new HastyAgent() };

    await expect(send(`http://${host}/`, {}, Number.POSITIVE_INFINITY, used)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(new Set(waits)).toEqual(new Set([5 * 60_000]));
  });
});

describe('a reply', () => {
  test.each([
    [304, { location: '/y' }, [200]],
    [302, {}, [200]],
    [302, { location: '/y' }, [200, 302]],
  ])('with status %i and headers %j is not a redirect if %j are expected', async (status, headers, expected) => {
    const host = await serve((_, reply) => reply.writeHead(status, headers).end());

    expect(await sendAndDiscard(`http://${host}/x`, { expect: expected })).toMatchObject({ status });
  });

  test.each([301, 302, 303, 307, 308])('with status %i and a location is a redirect, of HEAD, too', async (status) => {
    const host = await serve(({ url }, reply) =>
      url === '/x' ? reply.writeHead(status, { location: 'y' }).end() : reply.end('there'),
    );

    for (const method of ['GET', 'HEAD']) {
      expect((await sendAndDiscard(`http://${host}/x`, { method })).url.pathname).toBe('/y');
    }
  });

  test('has headers in any case, with repeated ones joined', async () => {
    const host = await serve((_, reply) => reply.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], etag: '' }).end());

    const { headers } = await sendAndDiscard(`http://${host}/`);

    expect([headers.get('Set-Cookie'), headers.get('ETag'), headers.get('link')]).toEqual(['a=1, b=2', '', null]);
    expect([headers.has('set-cookie'), headers.has('etag'), headers.has('Link')]).toEqual([true, true, false]);
  });

  test('of 204 has no body with any headers', async () => {
    const host = await serve((_, reply) => reply.writeHead(204, { 'content-encoding': 'gzip' }).end());

    expect(await text(await send(`http://${host}/`, { expect: [204] }))).toBe('');
  });

  test('that is compressed and damaged, or cut off, is an error', async () => {
    const bytes = gzipSync('hello'.repeat(1000));
    const headers = { 'content-encoding': 'gzip' };
    const host = await serve(({ url }, reply) => {
      if (url === '/damaged') return void reply.writeHead(200, headers).end(Buffer.concat([bytes, Buffer.alloc(9, 1)]));
      reply.writeHead(200, { ...headers, 'content-length': bytes.length }).write(bytes.subarray(0, 20));
      setTimeout(() => reply.destroy(), 50);
    });

    const read = (path: string) => send(`http://${host}${path}`).then((reply) => readBytes(reply, 10_000));
    await expect(read('/cut')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(read('/damaged')).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });

  test('whose compressed bytes are damaged does not keep its connection open', async () => {
    let isClosed: Promise<void> = Promise.resolve();
    const host = await serve(({ socket }, reply) => {
      isClosed = new Promise((closed) => socket.once('close', () => closed()));
      reply.writeHead(200, { 'content-encoding': 'gzip' }).write('no gzip');
    });

    await expect(send(`http://${host}/`).then(text)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
    await isClosed;
  });
});
