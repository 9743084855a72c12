/** One call to a registry: where it goes, with which login, and the advice for a refusal. */

import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { HttpError } from '../../../../adapters/http/http-error';
import { discardBody, type HttpReply } from '../../../../adapters/http/http-request';
import { noCredentials } from '../../../../adapters/registry/client/credentials';
import { isTagTaken, notePulls, pullsLeft } from '../../../../adapters/registry/client/registry-client';
import { type OciRegistryOptions, openRegistryClient } from '../../../../adapters/registry/oci-registry';
import { listen } from '../../../support/http/listen';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { type Answer, type ScriptedRegistry, startScriptedRegistry } from '../../../support/registry/scripted-registry';

const login = async () => ({ username: 'me', password: 'swordfish' });
const open = (more: Partial<OciRegistryOptions> = {}) =>
  openRegistryClient({ credentials: login, clock: createStillClock(), allowLoopback: true, ...more }).client;
/** Ends the reply and returns its status. */
async function read(reply: HttpReply): Promise<number> {
  discardBody(reply);
  return reply.status;
}

const servers: { close(): unknown }[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));
const serve = async (...given: Parameters<typeof startScriptedRegistry>): Promise<ScriptedRegistry> => {
  const server = await startScriptedRegistry(...given);
  servers.push(server);
  return server;
};
const failureOf = (calling: Promise<unknown>): Promise<HttpError> =>
  calling.then(
    () => Promise.reject(new Error('it worked')),
    (error) => error,
  );

test.each<[status: number, code: string | undefined, message: string, path: string, isTaken: boolean]>([
  [409, undefined, 'no', 'manifests/v1', true],
  [412, undefined, 'no', 'manifests/v1', true],
  [400, 'TAG_INVALID', 'no', 'manifests/v1', true],
  [400, undefined, 'the tag is immutable', 'manifests/v1', true],
  [403, 'DENIED', 'Immutability of tags', 'manifests/v1', true],
  [403, 'DENIED', 'immutables', 'manifests/v1', false],
  [400, 'MANIFEST_INVALID', 'no', 'manifests/v1', false],
  [409, undefined, 'immutable', 'blobs/uploads/1', false],
])('a refusal with %i %s, "%s", of %s means that the tag exists: %p', (status, code, message, path, isTaken) => {
  const failure = {
    method: 'PUT',
    url: `https://registry.example/v2/a/${path}`,
    status,
    message,
    ...(code && { code }),
  };
  expect(isTagTaken(new HttpError('RegistryError', failure))).toBe(isTaken);
});

test.each<[location: string | null, expected: string | RegExp]>([
  ['/v2/a/blobs/uploads/1?state=x', 'https://registry.example/v2/a/blobs/uploads/1?state=x'],
  ['1', 'https://registry.example/v2/a/blobs/uploads/1'],
  ['https://s3.example/up', 'https://s3.example/up'],
  [null, /did not say where it continues/],
  ['', /did not say where it continues/],
  ['http://[', /did not say where it continues/],
  [
    'http://s3.example/up?X-Amz-Signature=secret',
    /^the upload location http:\/\/s3\.example\/\S+=\*\*\* is not followed/,
  ],
])('an upload continues at the location %p as %p', (location, expected) => {
  const url = new URL('https://registry.example/v2/a/blobs/uploads/');
  const reply = {
    status: 202,
    url,
    headers: new Headers(location === null ? {} : { location }),
    body: Readable.from([]),
  };
  const locate = () => open().location('registry.example', reply).url.href;

  if (typeof expected === 'string') expect(locate()).toBe(expected);
  else expect(locate).toThrow(expected);
});

test('an upload location on another host gets no credentials, and one on the registry does', async () => {
  const other = await serve(() => ({ status: 201 }));
  const registry = await serve(({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
      : { status: 201 },
  );
  const client = open();
  const put = ({ host }: ScriptedRegistry) => {
    const target = { url: new URL(`http://${host}/upload`) };
    return client.call({ host: registry.host, target, scopes: [], method: 'PUT', expect: [201] }, read);
  };
  await put(registry);
  await put(other);

  expect(registry.asked.at(-1)?.headers.authorization).toMatch(/^Basic /);
  expect(other.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('a registry that could not be reached is asked again by the next call', async () => {
  let isDown = true;
  const server = await serve(() => (isDown ? { status: 501 } : { status: 200 }));
  const client = open();
  const call = () =>
    client.call({ host: server.host, target: 'a/tags/list', scopes: [], method: 'GET', expect: [200] }, read);

  expect((await failureOf(call())).status).toBe(501);
  isDown = false;
  expect(await call()).toBe(200);
});

const PUSHES = / takes no pushes: it is read-only, or a mirror; push to the registry behind it$/;
const RIGHTS = /the credentials of me for \S+ do not allow it; check them and their permissions$/;

test.each<[method: 'GET' | 'HEAD' | 'PUT' | 'POST', status: number, code: string, advice: RegExp | undefined]>([
  ['PUT', 405, 'X', PUSHES],
  ['POST', 400, 'UNSUPPORTED', PUSHES],
  ['GET', 405, 'UNSUPPORTED', undefined],
  ['HEAD', 405, 'UNSUPPORTED', undefined],
  ['GET', 403, 'X', RIGHTS],
  ['PUT', 400, 'DENIED', RIGHTS],
  ['POST', 413, 'X', /raise its limit of request bodies$/],
  ['GET', 404, 'NAME_UNKNOWN', undefined],
  ['PUT', 404, 'NAME_UNKNOWN', /create the repository first, or check its name$/],
  ['PUT', 409, 'X', undefined],
])('%s refused with %i %s gets the advice %p', async (method, status, code, advice) => {
  const body = JSON.stringify({ errors: [{ code, message: 'no' }] });
  const { host } = await serve(({ url }): Answer | undefined => (url === '/v2/' ? undefined : { status, body }));
  const call = { host, target: 'a/blobs/uploads/1', scopes: [], method, expect: [200] } as const;

  const { message } = await failureOf(open().call(call, read));

  if (advice === undefined) expect(message).not.toContain(';');
  else expect(message).toMatch(advice);
});

/** A server that ends each connection with these bytes, or at once. */
async function breaking(bytes: string | undefined): Promise<string> {
  const server = createServer(
    (socket) => void (bytes === undefined ? socket.resetAndDestroy() : socket.on('error', () => 0).end(bytes)),
  );
  servers.push(server);
  return (await listen(server)).host;
}

test.each<[string, string | undefined, boolean]>([
  ['400', 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n', true],
  ['bytes that are no HTTP', '\x15\x03\x01\x00', true],
  ['a reset', undefined, true],
  ['405', 'HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n', false],
])(
  'a host that is asked without TLS and answers with %s gets the advice to remove that setting, or not',
  async (_, bytes, isAdvised) => {
    const host = await breaking(bytes);
    const call = { host, target: 'a/tags/list', scopes: [], method: 'GET', expect: [200] } as const;
    const asPlain = await failureOf(open({ plainHttp: [host], credentials: noCredentials }).call(call, read));

    expect(asPlain.message.includes('was asked without TLS because the settings or PIPELINE_PLAIN_HTTP say so')).toBe(
      isAdvised,
    );
  },
);

test('the pulls that a host has left are those of its last reply that told them, for each client', () => {
  const [client, other] = [open(), open()];
  const note = (headers: Record<string, string>) => notePulls(client, 'docker.io', { headers: new Headers(headers) });

  note({ 'ratelimit-limit': '100;w=21600' });
  expect(pullsLeft(client, 'docker.io')).toBeUndefined();
  note({ 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' });
  note({});
  expect(pullsLeft(client, 'docker.io')).toEqual({ remaining: 76, windowSeconds: 21_600, limit: 100 });
  note({ 'ratelimit-remaining': '75;w=21600' });
  expect(pullsLeft(client, 'docker.io')).toEqual({ remaining: 75, windowSeconds: 21_600 });
  expect([pullsLeft(client, 'ghcr.io'), pullsLeft(other, 'docker.io')]).toEqual([undefined, undefined]);
});
