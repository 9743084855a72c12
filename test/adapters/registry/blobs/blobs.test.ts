/** Each call on blobs and uploads: what it asks, and what it makes of the replies of different registries. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  cancelUpload,
  finishUpload,
  hasBlob,
  mountBlob,
  openUpload,
  readBlob,
  sendBytes,
  uploadState,
} from '../../../../adapters/registry/blobs';
import { noCredentials } from '../../../../adapters/registry/client/credentials';
import type { RegistryClient } from '../../../../adapters/registry/client/registry-client';
import { openRegistryClient } from '../../../../adapters/registry/oci-registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import {
  type Answer,
  type Asked,
  type ScriptedRegistry,
  startScriptedRegistry,
} from '../../../support/registry/scripted-registry';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const BYTES = Buffer.from('0123456789');
let registry: ScriptedRegistry;
afterEach(() => registry.close());

/** Starts a registry that answers all calls below `/v2/team/` alike, and returns a client for it. */
async function open(answer: Answer | ((asked: Asked, nth: number) => Answer)) {
  registry = await startScriptedRegistry((asked, nth) => {
    if (!asked.url.startsWith('/v2/team/')) return undefined;
    return typeof answer === 'function' ? answer(asked, nth) : answer;
  });
  const { client } = openRegistryClient({
    credentials: noCredentials,
    clock: createStillClock(),
    allowLoopback: true,
  });
  const name = { host: registry.host, repository: 'team/a' };
  const at = { url: new URL(`http://${registry.host}/v2/team/a/blobs/uploads/1?state=x`) };
  return { client, name, at };
}

/** The calls below `/v2/team/`. */
const calls = () => registry.asked.filter(({ url }) => url.startsWith('/v2/team/'));
const lines = () => calls().map(({ method, url }) => `${method} ${url}`);

test.each([
  [200, true],
  [404, false],
])('a blob is there if a HEAD gives 200 (%i)', async (status, expected) => {
  const { client, name } = await open({ status });

  expect(await hasBlob(client, name, DIGEST)).toBe(expected);
  expect(lines()).toEqual([`HEAD /v2/team/a/blobs/${DIGEST}`]);
});

test('a mount that works opens no upload, and any other goes on with the upload that was opened', async () => {
  const headers = { location: '/v2/team/a/blobs/uploads/7' };
  const { client, name } = await open((_, nth) => ({ status: nth === 1 ? 201 : 202, headers }));
  const from = { ...name, repository: 'team/b' };

  expect(await mountBlob(client, from, name, DIGEST)).toBeUndefined();
  const url = new URL(`http://${registry.host}${headers.location}`);
  expect(await mountBlob(client, from, name, DIGEST)).toEqual({ url });
  const query = new URLSearchParams({ mount: DIGEST, from: 'team/b' });
  expect(lines()).toEqual(Array(2).fill(`POST /v2/team/a/blobs/uploads/?${query}`));
});

test.each([
  [
    'mounted',
    201,
    (open: Awaited<ReturnType<typeof openBusy>>) => mountBlob(open.client, open.name, open.name, DIGEST),
  ],
  ['opened', 202, (open: Awaited<ReturnType<typeof openBusy>>) => openUpload(open.client, open.name)],
])('what is %s after a gateway has failed is asked for again', async (_, status, call) => {
  const opened = await openBusy(status);

  await call(opened);

  expect(calls()).toHaveLength(2);
});

/** Answers the first call by 502, and then by the status. */
const openBusy = (status: number) =>
  open((_, nth) => (nth === 1 ? { status: 502 } : { status, headers: { location: '/v2/team/a/blobs/uploads/1' } }));

describe('a blob is read', () => {
  test('from its begin without a range, as it is', async () => {
    const { client, name } = await open({ status: 200, body: BYTES });

    expect(await buffer(await readBlob(client, name, DIGEST, 0))).toEqual(BYTES);
    expect(calls().map(({ headers }) => [headers.range, headers['accept-encoding']])).toEqual([
      [undefined, 'identity'],
    ]);
  });

  test.each([
    ['that sends the rest', { status: 206, body: BYTES.subarray(4) }],
    ['that ignores ranges', { status: 200, body: BYTES }],
  ])('from an offset at a registry %s', async (_, answer) => {
    const { client, name } = await open(answer);

    expect(String(await buffer(await readBlob(client, name, DIGEST, 4)))).toBe('456789');
    expect(calls()[0]?.headers.range).toBe('bytes=4-');
  });

  test('from an offset behind the first part of a registry that ignores ranges', async () => {
    const whole = Buffer.alloc(1024 * 1024, 'parts of a layer ');
    const { client, name } = await open({ status: 200, body: whole });
    const offset = 700_001;

    const rest = await buffer(await readBlob(client, name, DIGEST, offset));

    expect(rest.equals(whole.subarray(offset))).toBe(true);
  });
});

describe('the state of an upload', () => {
  test.each([
    ['0-4', 5],
    ['bytes=0-4', 5],
    ['0-12345', 12_346],
    ['0-0', 0],
    [undefined, 0],
    ['1-4', 0],
    ['0-4,6-8', 0],
    ['x0-4', 0],
  ])('is read from the range %s as %i bytes', async (range, offset) => {
    const { client, name, at } = await open({ status: 204, headers: range === undefined ? {} : { range } });

    expect(await uploadState(client, name, at)).toEqual({ location: at, offset });
    expect(lines()).toEqual(['GET /v2/team/a/blobs/uploads/1?state=x']);
  });

  test('can name another place to continue', async () => {
    const { client, name, at } = await open({ status: 200, headers: { location: '/v2/team/a/blobs/uploads/2' } });

    const url = new URL(`http://${registry.host}/v2/team/a/blobs/uploads/2`);
    expect(await uploadState(client, name, at)).toEqual({ location: { url }, offset: 0 });
  });

  test.each([404, 416])('is unknown if the registry answers %i', async (status) => {
    const { client, name, at } = await open({ status, headers: { range: '0-4' } });

    expect(await uploadState(client, name, at)).toBeUndefined();
  });
});

test('bytes are sent from the offset to the end of the blob, and the reply says where to go on', async () => {
  const { client, name, at } = await open({ status: 202, headers: { location: '/v2/team/a/blobs/uploads/2' } });
  const rest = async () => Readable.from([BYTES.subarray(4)]);

  const next = await sendBytes(client, name, { location: at, offset: 4 }, BYTES.length, rest);

  expect(next.url.pathname).toBe('/v2/team/a/blobs/uploads/2');
  expect(calls()).toMatchObject([
    {
      method: 'PATCH',
      url: '/v2/team/a/blobs/uploads/1?state=x',
      headers: { 'content-type': 'application/octet-stream', 'content-length': '6', 'content-range': '4-9' },
      body: BYTES.subarray(4),
    },
  ]);
});

test.each([201, 204])('an upload ends by a PUT of the digest without a body (%i)', async (status) => {
  const { client, name, at } = await open({ status });

  await finishUpload(client, name, at, DIGEST);

  const query = new URLSearchParams({ state: 'x', digest: DIGEST });
  expect(lines()).toEqual([`PUT /v2/team/a/blobs/uploads/1?${query}`]);
  expect(calls()[0]?.headers['content-length']).toBe('0');
});

test('bytes and the end of an upload are sent once, because the state comes first', async () => {
  const { client, name, at } = await open({ status: 503 });
  const rest = async () => Readable.from([BYTES]);

  await expect(sendBytes(client, name, { location: at, offset: 0 }, BYTES.length, rest)).rejects.toThrow(/503/);
  await expect(finishUpload(client, name, at, DIGEST)).rejects.toThrow(/503/);
  expect(calls().map(({ method }) => method)).toEqual(['PATCH', 'PUT']);
});

test.each([200, 202, 204, 404, 405, 500, 503])(
  'an upload is cancelled once, whatever the registry says (%i)',
  async (status) => {
    const { client, name, at } = await open({ status });

    await cancelUpload(client, name, at);

    expect(lines()).toEqual(['DELETE /v2/team/a/blobs/uploads/1?state=x']);
  },
);

test('each call asks for the right that it needs, and for no other', async () => {
  const scopes: string[] = [];
  registry = await startScriptedRegistry(({ method, url, headers }): Answer => {
    if (url.startsWith('/token')) {
      scopes.push(new URL(url, 'http://x').searchParams.getAll('scope').join(' '));
      return { status: 200, body: '{"token":"t"}' };
    }
    if (headers.authorization === undefined) {
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` } };
    }
    const status = { HEAD: 200, GET: 200, POST: 202, PATCH: 202, PUT: 201 }[method] ?? 204;
    return { status, headers: { location: '/v2/team/a/blobs/uploads/1' } };
  });
  const name = { host: registry.host, repository: 'team/a' };
  const at = { url: new URL(`http://${registry.host}/v2/team/a/blobs/uploads/1`) };
  const none = async () => Readable.from([BYTES]);
  const calls: readonly ((client: RegistryClient) => Promise<unknown>)[] = [
    (client) => hasBlob(client, name, DIGEST),
    async (client) => buffer(await readBlob(client, name, DIGEST, 0)),
    (client) => mountBlob(client, { ...name, repository: 'team/b' }, name, DIGEST),
    (client) => openUpload(client, name),
    (client) => uploadState(client, name, at),
    (client) => sendBytes(client, name, { location: at, offset: 0 }, BYTES.length, none),
    (client) => finishUpload(client, name, at, DIGEST),
    (client) => cancelUpload(client, name, at),
  ];
  const clock = createStillClock();
  for (const call of calls) {
    await call(openRegistryClient({ credentials: noCredentials, clock, allowLoopback: true }).client);
  }

  const [reads, writes] = ['repository:team/a:pull', 'repository:team/a:pull,push'];
  const mounts = `${writes} repository:team/b:pull`;
  expect(scopes).toEqual([reads, reads, mounts, writes, writes, writes, writes, writes]);
});
