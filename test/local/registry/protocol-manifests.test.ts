import { errorOf, useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import { imageOf, indexOf, pushContent, sha256, TYPES } from '../../support/registry/fake-registry-content';

const embedded = useEmbeddedRegistry();
const { ask } = embedded;

describe('manifests', () => {
  test('are kept byte for byte with their type, by tag and digest', async () => {
    const content = imageOf('kept');
    await pushContent(embedded.base, 'manifests/kept', content, 'v1');

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

  test('are refused if a layer, a config or a child is missing, or is in another repository', async () => {
    const content = imageOf('incomplete');
    const index = indexOf([content]);
    await pushContent(embedded.base, 'manifests/elsewhere', content);

    expect(await errorOf(await put('manifests/here', 'v1', content.manifest.bytes))).toBe('400 MANIFEST_BLOB_UNKNOWN');
    expect(await errorOf(await put('manifests/here', 'v1', index.manifest.bytes, TYPES.ociIndex))).toBe(
      '400 MANIFEST_BLOB_UNKNOWN',
    );
    expect((await ask('GET', '/v2/manifests/here/manifests/v1')).status).toBe(404);
  });

  test('are refused if their type or content is wrong', async () => {
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
    await pushContent(embedded.base, 'manifests/deleted', content, 'v1');

    for (const reference of ['v1', content.manifest.digest]) {
      const reply = await ask('DELETE', `/v2/manifests/deleted/manifests/${reference}`);
      expect([reply.headers.get('allow'), await errorOf(reply)]).toEqual(['GET, HEAD, PUT', '405 UNSUPPORTED']);
    }
    expect((await ask('HEAD', '/v2/manifests/deleted/manifests/v1')).status).toBe(200);
  });

  test('that refer to another one are listed, and can be filtered', async () => {
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
    for (const content of [subject, ...signatures]) await pushContent(embedded.base, 'ref/errers', content);
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
    const missing = await ask('GET', `/v2/ref/errers/referrers/${sha256(Buffer.from('x'))}`);
    expect(await missing.json()).toEqual({ schemaVersion: 2, mediaType: TYPES.ociIndex, manifests: [] });
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
    await pushContent(embedded.base, 'tags/many', imageOf('tags'), 'v2', 'v10', 'latest', 'V1', '_x');

    expect(await list('')).toEqual({ tags: ['V1', '_x', 'latest', 'v10', 'v2'], link: null });
    const first = await list('?n=2');
    expect(first).toEqual({ tags: ['V1', '_x'], link: '</v2/tags/many/tags/list?n=2&last=_x>; rel="next"' });
    expect(await list('?n=3&last=_x')).toEqual({ tags: ['latest', 'v10', 'v2'], link: null });
    expect(await list('?n=0')).toEqual({ tags: [], link: null });
    expect(await list('?last=zzz')).toEqual({ tags: [], link: null });
  });

  test('of a missing repository are an error; repositories are listed', async () => {
    await pushContent(embedded.base, 'in/a/folder', imageOf('folder'), 'v1');

    expect(await errorOf(await ask('GET', '/v2/no/such/tags/list'))).toBe('404 NAME_UNKNOWN');
    const catalog = (await (await ask('GET', '/v2/_catalog')).json()) as { readonly repositories: readonly string[] };
    expect(catalog.repositories).toContain('in/a/folder');
    expect(catalog.repositories).not.toContain('in/a');
  });
});
