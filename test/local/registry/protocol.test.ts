/** The embedded registry, request by request, as the distribution specification requires. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { startRegistry } from '../../../local/registry/start-registry';
import { errorOf, useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import {
  imageOf,
  manifestOf,
  pushBlob,
  pushContent,
  pushManifest,
  sha256,
  TYPES,
} from '../../support/registry/fake-registry-content';

const embedded = useEmbeddedRegistry();
const { ask, directory, log } = embedded;
const blob = Buffer.from('a blob of some bytes');

test('GET /v2/ names the version of the protocol', async () => {
  const reply = await ask('GET', '/v2/');

  expect(reply.status).toBe(200);
  expect(reply.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
});

describe('blobs', () => {
  test('are uploaded in two requests, served whole, in part, and by HEAD', async () => {
    await pushBlob(embedded.base, 'blobs/one', blob);
    const path = `/v2/blobs/one/blobs/${sha256(blob)}`;

    const head = await ask('HEAD', path);
    const whole = await ask('GET', path);
    const part = await ask('GET', path, { headers: { range: 'bytes=2-5' } });
    const rest = await ask('GET', path, { headers: { range: 'bytes=15-' } });

    expect([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
      200,
      String(blob.length),
      sha256(blob),
    ]);
    expect(await whole.text()).toBe('a blob of some bytes');
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      'blob',
      `bytes 2-5/${blob.length}`,
    ]);
    expect(await rest.text()).toBe('bytes');
    const end = await ask('GET', path, { headers: { range: 'bytes=-5' } });
    expect([end.status, await end.text()]).toEqual([206, 'bytes']);
    for (const range of ['bytes=99-', 'bytes=99-100', 'bytes=5-2', 'bytes=-0']) {
      expect((await ask('GET', path, { headers: { range } })).status).toBe(416);
    }
    expect(await (await ask('GET', path, { headers: { range: 'bytes=0-1,3-4' } })).text()).toBe('a blob of some bytes');
  });

  test('are uploaded in one request', async () => {
    const reply = await ask('POST', `/v2/blobs/mono/blobs/uploads/?digest=${sha256(blob)}`, { body: blob });

    expect(reply.status).toBe(201);
    expect(reply.headers.get('location')).toBe(`/v2/blobs/mono/blobs/${sha256(blob)}`);
    expect((await ask('HEAD', `/v2/blobs/mono/blobs/${sha256(blob)}`)).status).toBe(200);
  });

  test('are uploaded in pieces, in order only', async () => {
    const opened = await ask('POST', '/v2/blobs/pieces/blobs/uploads/');
    const path = opened.headers.get('location') ?? '';
    const send = (from: number, to: number) =>
      ask('PATCH', path, { body: blob.subarray(from, to), headers: { 'content-range': `${from}-${to - 1}` } });

    expect([opened.status, opened.headers.get('range')]).toEqual([202, '0-0']);
    expect((await send(0, 5)).headers.get('range')).toBe('0-4');
    const early = await send(10, 15);
    expect([early.status, early.headers.get('range')]).toEqual([416, '0-4']);
    expect((await send(5, 10)).headers.get('range')).toBe('0-9');
    const state = await ask('GET', path);
    expect([state.status, state.headers.get('range')]).toEqual([204, '0-9']);
    const ended = await ask('PUT', `${path}?digest=${sha256(blob)}`, { body: blob.subarray(10) });

    expect(ended.status).toBe(201);
    expect((await ask('GET', path)).status).toBe(404);
  });

  test('with another digest than announced are refused and not stored', async () => {
    const wrong = sha256(Buffer.from('other'));
    const reply = await ask('POST', `/v2/blobs/wrong/blobs/uploads/?digest=${wrong}`, { body: blob });

    expect(await errorOf(reply)).toBe('400 DIGEST_INVALID');
    expect((await ask('HEAD', `/v2/blobs/wrong/blobs/${wrong}`)).status).toBe(404);
  });

  test.each(['sha256:baddigeststring', 'md5:00', 'sha256:', '..', `sha256:${'A'.repeat(64)}`])(
    '%s is no digest',
    async (digest) => {
      expect(await errorOf(await ask('GET', `/v2/a/b/blobs/${digest}`))).toMatch(
        /^(?:400 DIGEST_INVALID|404 UNSUPPORTED)$/,
      );
      const opened = await ask('POST', '/v2/a/b/blobs/uploads/');
      const path = opened.headers.get('location') ?? '';
      expect(await errorOf(await ask('PUT', `${path}?digest=${encodeURIComponent(digest)}`))).toBe(
        '400 DIGEST_INVALID',
      );
    },
  );

  test('may have a digest by sha512', async () => {
    const digest = `sha512:${createHash('sha512').update(blob).digest('hex')}`;

    expect((await ask('POST', `/v2/blobs/sha512/blobs/uploads/?digest=${digest}`, { body: blob })).status).toBe(201);
    expect(await (await ask('GET', `/v2/blobs/sha512/blobs/${digest}`)).text()).toBe('a blob of some bytes');
  });

  test('belong to a repository; others see them only after a mount', async () => {
    await pushBlob(embedded.base, 'mount/from', blob);
    const path = `/v2/mount/to/blobs/${sha256(blob)}`;
    const mount = (from: string) =>
      ask('POST', `/v2/mount/to/blobs/uploads/?mount=${sha256(blob)}&from=${encodeURIComponent(from)}`);

    expect((await ask('HEAD', path)).status).toBe(404);
    for (const from of ['mount/none', '../mount/from', '']) expect((await mount(from)).status).toBe(202);
    expect((await ask('HEAD', path)).status).toBe(404);
    expect((await mount('mount/from')).status).toBe(201);
    expect((await ask('HEAD', path)).status).toBe(200);
  });

  test('an upload that was cancelled or never opened is unknown', async () => {
    const path = (await ask('POST', '/v2/a/b/blobs/uploads/')).headers.get('location') ?? '';

    expect((await ask('DELETE', path)).status).toBe(204);
    for (const [method, at] of [
      ['PATCH', path],
      ['GET', '/v2/a/b/blobs/uploads/00000000-0000-0000-0000-000000000000'],
      ['GET', '/v2/a/b/blobs/uploads/..%2f..%2fetc'],
      ['DELETE', path],
    ] as const) {
      expect((await ask(method, at)).status).toBe(404);
    }
  });
});

test('no name leads out of the folder of the registry', async () => {
  const before = readdirSync(directory).sort();
  const hostile = [
    '/v2/../../etc/manifests/v1',
    '/v2/%2e%2e/%2e%2e/etc/manifests/v1',
    '/v2/..%2f..%2fetc/manifests/v1',
    '/v2/a/_manifests/manifests/v1',
    '/v2/A/manifests/v1',
    '/v2/a%00b/manifests/v1',
    `/v2/${'a'.repeat(256)}/manifests/v1`,
    '/v2/a//b/manifests/v1',
    '/v2/%zz/manifests/v1',
    '/v2/a/manifests/..',
    '/v2/a/manifests/%2e%2e%2fx',
  ];

  for (const path of hostile) {
    const { manifest } = imageOf('hostile', { layers: [] });
    const reply = await rawRequest('PUT', path, manifest.bytes);
    expect([path, reply]).toEqual([path, expect.stringMatching(/^(?:400|404|405)$/)]);
  }
  expect(readdirSync(directory).sort()).toEqual(before);
});

test.each([
  ['GET', '/v2/_catalog', { host: 'evil.example' }],
  ['PUT', '/v2/guarded/image/manifests/v1', { origin: 'https://evil.example' }],
  ['POST', '/v2/guarded/image/blobs/uploads/', { origin: 'null' }],
])('%s %s with %j, as a page in a browser sends it, is refused', async (method, path, headers) => {
  const { manifest } = imageOf('guarded', { layers: [] });

  expect(await rawRequest(method, path, manifest.bytes, headers)).toBe('403');
  expect((await ask('GET', '/v2/guarded/image/tags/list')).status).toBe(404);
});

test('the log has the user and the tag of each write', async () => {
  const content = imageOf('logged');
  await pushContent(embedded.base, 'logged/image', content, 'v1');
  await pushManifest(
    embedded.base,
    'logged/image',
    'v2',
    manifestOf(content.manifest.bytes, content.manifest.mediaType),
  );
  await ask('GET', '/v2/logged/image/manifests/v3');

  const tags = log.filter(({ kind, reference }) => kind === 'manifest' && reference?.startsWith('v'));
  expect(
    tags.map(({ method, repository, reference, status, digest }) => ({
      method,
      repository,
      reference,
      status,
      digest,
    })),
  ).toEqual([
    { method: 'PUT', repository: 'logged/image', reference: 'v1', status: 201, digest: content.manifest.digest },
    { method: 'PUT', repository: 'logged/image', reference: 'v2', status: 201, digest: content.manifest.digest },
    { method: 'GET', repository: 'logged/image', reference: 'v3', status: 404, digest: undefined },
  ]);
});

test('a port that is taken is an error', async () => {
  const port = Number(embedded.host.split(':')[1]);

  await expect(startRegistry({ directory, port })).rejects.toMatchObject({
    name: ERROR_NAMES.invalidInput,
    message: expect.stringContaining(`127.0.0.1:${port}: the port is taken; `),
  });
});

/** As `fetch` cannot: the path as it is, and any header. */
async function rawRequest(
  method: string,
  path: string,
  body: Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [hostname, port] = embedded.host.split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: { 'content-type': TYPES.ociManifest, ...more } },
      (reply) => {
        reply.resume();
        resolve(String(reply.statusCode));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
