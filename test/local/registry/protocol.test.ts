/** The embedded registry, request by request, as the distribution specification has it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import {
  imageOf,
  indexOf,
  manifestOf,
  pushBlob,
  pushContent,
  pushManifest,
  sha256,
  TYPES,
} from '../../support/fake-registry-content';

const directory = mkdtempSync(join(tmpdir(), 'protocol-'));
const log: RegistryLogEntry[] = [];
let running: RunningRegistry;
let base: string;

beforeAll(async () => {
  running = await startRegistry({ directory, log: (entry) => log.push(entry) });
  base = `http://${running.host}`;
});
afterAll(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  log.length = 0;
});

const ask = (method: string, path: string, init: RequestInit = {}) => fetch(`${base}${path}`, { method, ...init });
async function errorOf(reply: Response): Promise<string> {
  const body = (await reply.json()) as {
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  };
  expect(body.errors[0]?.message).toBeTruthy();
  return `${reply.status} ${body.errors[0]?.code}`;
}
const blob = Buffer.from('a blob of some bytes');

test('it says what it is', async () => {
  const reply = await ask('GET', '/v2/');

  expect(reply.status).toBe(200);
  expect(reply.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
});

describe('blobs', () => {
  test('are uploaded in two requests, served whole, in part, and by HEAD', async () => {
    await pushBlob(base, 'blobs/one', blob);
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
    expect((await ask('GET', path, { headers: { range: 'bytes=99-' } })).status).toBe(416);
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

  test('with another digest than they say are refused, and nothing is there', async () => {
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

  test('by sha512 are taken as well', async () => {
    const digest = `sha512:${createHash('sha512').update(blob).digest('hex')}`;

    expect((await ask('POST', `/v2/blobs/sha512/blobs/uploads/?digest=${digest}`, { body: blob })).status).toBe(201);
    expect(await (await ask('GET', `/v2/blobs/sha512/blobs/${digest}`)).text()).toBe('a blob of some bytes');
  });

  test('belong to a repository; others see them only after a mount', async () => {
    await pushBlob(base, 'mount/from', blob);
    const path = `/v2/mount/to/blobs/${sha256(blob)}`;
    const mount = (from: string) =>
      ask('POST', `/v2/mount/to/blobs/uploads/?mount=${sha256(blob)}&from=${encodeURIComponent(from)}`);

    expect((await ask('HEAD', path)).status).toBe(404);
    for (const from of ['mount/none', '../mount/from', '']) expect((await mount(from)).status).toBe(202);
    expect((await ask('HEAD', path)).status).toBe(404);
    expect((await mount('mount/from')).status).toBe(201);
    expect((await ask('HEAD', path)).status).toBe(200);
  });

  test('uploads that are given up or were never opened are unknown', async () => {
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

describe('manifests', () => {
  test('are kept byte for byte with their type, by tag and digest', async () => {
    const content = imageOf('kept');
    await pushContent(base, 'manifests/kept', content, 'v1');

    for (const reference of ['v1', content.manifest.digest]) {
      const reply = await ask('GET', `/v2/manifests/kept/manifests/${reference}`);
      expect(Buffer.from(await reply.arrayBuffer()).equals(content.manifest.bytes)).toBe(true);
      expect(reply.headers.get('content-type')).toBe(TYPES.ociManifest);
      expect(reply.headers.get('docker-content-digest')).toBe(content.manifest.digest);
      expect((await ask('HEAD', `/v2/manifests/kept/manifests/${reference}`)).headers.get('content-length')).toBe(
        String(content.manifest.bytes.length),
      );
    }
  });

  const put = (repository: string, reference: string, body: Buffer | string, type: string = TYPES.ociManifest) =>
    ask('PUT', `/v2/${repository}/manifests/${reference}`, { body, headers: { 'content-type': type } });

  test('are refused if a layer, a config or a child is missing, or lies in another repository', async () => {
    const content = imageOf('incomplete');
    const index = indexOf([content]);
    await pushContent(base, 'manifests/elsewhere', content);

    expect(await errorOf(await put('manifests/here', 'v1', content.manifest.bytes))).toBe('400 MANIFEST_BLOB_UNKNOWN');
    expect(await errorOf(await put('manifests/here', 'v1', index.manifest.bytes, TYPES.ociIndex))).toBe(
      '400 MANIFEST_BLOB_UNKNOWN',
    );
    expect((await ask('GET', '/v2/manifests/here/manifests/v1')).status).toBe(404);
  });

  test('are refused for what they are', async () => {
    const { manifest } = imageOf('refused');
    const wrong = sha256(Buffer.from('x'));

    expect(await errorOf(await put('m/r', wrong, manifest.bytes))).toBe('400 DIGEST_INVALID');
    expect(await errorOf(await put('m/r', 'sha256:baddigeststring', manifest.bytes))).toBe('400 DIGEST_INVALID');
    expect(await errorOf(await put('m/r', 'v1', 'no json'))).toBe('400 MANIFEST_INVALID');
    expect(await errorOf(await put('m/r', 'v1', manifest.bytes, TYPES.dockerManifest))).toBe('400 MANIFEST_INVALID');
    expect(await errorOf(await put('m/r', 'v1', manifest.bytes, 'text/plain'))).toBe('400 MANIFEST_INVALID');
    expect(await errorOf(await put('m/r', 'v'.repeat(129), manifest.bytes))).toBe('400 TAG_INVALID');
    expect(await errorOf(await put('m/r', 'v1', Buffer.alloc(4 * 1024 * 1024 + 1)))).toBe('413 MANIFEST_INVALID');
  });

  test('are never deleted', async () => {
    const content = imageOf('deleted');
    await pushContent(base, 'manifests/deleted', content, 'v1');

    for (const reference of ['v1', content.manifest.digest]) {
      const reply = await ask('DELETE', `/v2/manifests/deleted/manifests/${reference}`);
      expect([reply.headers.get('allow'), await errorOf(reply)]).toEqual(['GET, HEAD, PUT', '405 UNSUPPORTED']);
    }
    expect((await ask('HEAD', '/v2/manifests/deleted/manifests/v1')).status).toBe(200);
  });

  test('about another one are listed, and can be filtered', async () => {
    const subject = imageOf('subject');
    const descriptor = {
      mediaType: TYPES.ociManifest,
      size: subject.manifest.bytes.length,
      digest: subject.manifest.digest,
    };
    const types = ['application/a', 'application/b'];
    const signatures = types.map((artifactType) =>
      imageOf(artifactType, { fields: { artifactType, subject: descriptor, annotations: { of: artifactType } } }),
    );
    for (const content of [subject, ...signatures]) await pushContent(base, 'ref/errers', content);
    const path = `/v2/ref/errers/referrers/${subject.manifest.digest}`;
    const list = async (query: string) => {
      const reply = await ask('GET', `${path}${query}`);
      const body = (await reply.json()) as { readonly manifests: readonly { readonly artifactType: string }[] };
      return {
        type: reply.headers.get('content-type'),
        filter: reply.headers.get('oci-filters-applied'),
        manifests: body.manifests,
      };
    };

    expect((await list('')).manifests.map(({ artifactType }) => artifactType).sort()).toEqual(types);
    expect(await list('?artifactType=application/a')).toMatchObject({
      type: TYPES.ociIndex,
      filter: 'artifactType',
      manifests: [
        { artifactType: 'application/a', digest: signatures[0]?.manifest.digest, annotations: { of: 'application/a' } },
      ],
    });
    const nobody = await ask('GET', `/v2/ref/errers/referrers/${sha256(Buffer.from('x'))}`);
    expect(await nobody.json()).toEqual({ schemaVersion: 2, mediaType: TYPES.ociIndex, manifests: [] });
    const again = await put('ref/errers', 'v1', signatures[0]?.manifest.bytes ?? '');
    expect(again.headers.get('oci-subject')).toBe(subject.manifest.digest);
  });
});

describe('tags', () => {
  const list = async (query: string) => {
    const reply = await ask('GET', `/v2/tags/many/tags/list${query}`);
    return {
      tags: ((await reply.json()) as { readonly tags: readonly string[] }).tags,
      link: reply.headers.get('link'),
    };
  };

  test('are listed in order, page by page', async () => {
    await pushContent(base, 'tags/many', imageOf('tags'), 'v2', 'v10', 'latest', 'V1', '_x');

    expect(await list('')).toEqual({ tags: ['V1', '_x', 'latest', 'v10', 'v2'], link: null });
    const first = await list('?n=2');
    expect(first).toEqual({ tags: ['V1', '_x'], link: '</v2/tags/many/tags/list?n=2&last=_x>; rel="next"' });
    expect(await list('?n=3&last=_x')).toEqual({ tags: ['latest', 'v10', 'v2'], link: null });
    expect(await list('?n=0')).toEqual({ tags: [], link: null });
    expect(await list('?last=zzz')).toEqual({ tags: [], link: null });
  });

  test('of a repository that does not exist are an error, the repositories themselves a list', async () => {
    await pushContent(base, 'in/a/folder', imageOf('folder'), 'v1');

    expect(await errorOf(await ask('GET', '/v2/no/such/tags/list'))).toBe('404 NAME_UNKNOWN');
    const catalog = (await (await ask('GET', '/v2/_catalog')).json()) as { readonly repositories: readonly string[] };
    expect(catalog.repositories).toContain('in/a/folder');
    expect(catalog.repositories).not.toContain('in/a');
  });
});

test('no name leaves the folder', async () => {
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

test('the log tells who wrote which tag', async () => {
  const content = imageOf('logged');
  await pushContent(base, 'logged/image', content, 'v1');
  await pushManifest(base, 'logged/image', 'v2', manifestOf(content.manifest.bytes, content.manifest.mediaType));
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
  const port = Number(running.host.split(':')[1]);

  await expect(startRegistry({ directory, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

/** As `fetch` cannot: the path as it is. */
async function rawRequest(method: string, path: string, body: Buffer): Promise<string> {
  const [hostname, port] = running.host.split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: { 'content-type': TYPES.ociManifest } },
      (reply) => {
        reply.resume();
        resolve(String(reply.statusCode));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
