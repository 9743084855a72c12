/** Sixteen rules for every client of an OCI registry, which no server's conformance suite checks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import type { Manifest } from '../../../core/ports/registry';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { startFaultProxy } from '../../support/http/fault-proxy';
import { createStillClock } from '../../support/pipeline/memory-state';
import {
  imageOf,
  indexOf,
  manifestOf,
  missingFrom,
  pulledManifest,
  pushContent,
  sha256,
  TYPES,
} from '../../support/registry/fake-registry-content';
import {
  type Answer,
  type Asked,
  type ScriptedRegistry,
  startScriptedRegistry,
} from '../../support/registry/scripted-registry';

const clock = createStillClock();
const registry = createOciRegistry({ credentials: noCredentials, clock, random: () => 1, allowLoopback: true });
const servers: ScriptedRegistry[] = [];

async function serve(answer: (asked: Asked, nth: number) => Answer | undefined): Promise<ScriptedRegistry> {
  const server = await startScriptedRegistry(answer);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function give({ bytes, mediaType, digest }: Manifest, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, ...headers },
    body: bytes,
  };
}

const { manifest } = imageOf('obligations');
const at = (server: ScriptedRegistry) => ({ host: server.host, repository: 'team/image' });

describe('reading', () => {
  test('1: every request for a manifest accepts all four types by name', async () => {
    const server = await serve(({ url }) => (url.includes('/manifests/') ? give(manifest) : undefined));

    await registry.head(at(server), 'v1');
    await registry.get(at(server), 'v1');

    const accepted = server.asked.filter(({ url }) => url.includes('/manifests/')).map(({ headers }) => headers.accept);
    expect(accepted).toHaveLength(2);
    for (const accept of accepted) for (const type of Object.values(TYPES)) expect(accept).toContain(type);
  });

  test('2: a body whose sha256 is not the digest asked for is refused', async () => {
    const server = await serve(({ url }) =>
      url.includes('/manifests/') ? { ...give(manifest), body: `${manifest.bytes} ` } : undefined,
    );

    await expect(registry.get(at(server), manifest.digest)).rejects.toThrow(/the manifest's bytes have digest sha256:/);
  });

  test('3: a body whose sha256 is not the one in the header is refused, whatever was asked for', async () => {
    const wrong = sha256(Buffer.from('something else'));
    const server = await serve(({ url }) =>
      url.includes('/manifests/') ? give(manifest, { 'docker-content-digest': wrong }) : undefined,
    );

    await expect(registry.get(at(server), 'v1')).rejects.toThrow(wrong);
    await expect(registry.get(at(server), manifest.digest)).rejects.toThrow(wrong);
  });

  test('4: a media type that is not the one in the bytes is refused', async () => {
    const server = await serve(({ url }) =>
      url.includes('/manifests/') ? give(manifest, { 'content-type': TYPES.dockerManifest }) : undefined,
    );

    await expect(registry.get(at(server), 'v1')).rejects.toThrow(/MEDIA_TYPE: the registry gives the manifest type/);
  });

  test('5: parameters and case of the content type do not matter', async () => {
    const server = await serve(({ url }) =>
      url.includes('/manifests/')
        ? give(manifest, { 'content-type': `${manifest.mediaType.toUpperCase()} ; charset=utf-8` })
        : undefined,
    );

    expect(await registry.get(at(server), 'v1')).toEqual(manifest);
  });

  test('9: tags of all pages are listed, whether the next page is named relative or absolute', async () => {
    const server: ScriptedRegistry = await serve(({ url, headers }) => {
      const page = (tags: readonly string[], link?: string): Answer => ({
        status: 200,
        ...(link === undefined ? {} : { headers: { link } }),
        body: JSON.stringify({ name: 'team/image', tags }),
      });
      if (url.includes('last=b'))
        return page(['c'], `<http://${headers.host}/v2/team/image/tags/list?n=1&last=c>; rel="next"`);
      if (url.includes('last=c')) return page(['d'], '<?n=1&last=d>; rel=next');
      if (url.includes('last=d')) return page(['d', 'e']);
      if (url.includes('/tags/list')) return page(['a', 'b'], '</v2/team/image/tags/list?n=2&last=b>; rel="next"');
      return undefined;
    });

    expect(await registry.listTags(at(server))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('9: a next page on another host is refused', async () => {
    const server = await serve(({ url }) =>
      url.includes('/tags/list')
        ? { status: 200, headers: { link: '<http://127.0.0.1:1/v2/x/tags/list>; rel="next"' }, body: '{"tags":[]}' }
        : undefined,
    );

    await expect(registry.listTags(at(server))).rejects.toThrow(
      /LINK: the registry names a next page that is not its own/,
    );
  });

  test('10: credentials do not follow a redirect to another host', async () => {
    const other = await serve(() => give(manifest));
    const server = await serve(({ url, headers }): Answer => {
      if (headers.authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      return url === '/v2/'
        ? { status: 200 }
        : { status: 307, headers: { location: `http://${other.host}/elsewhere` } };
    });
    const login = createOciRegistry({
      credentials: async () => ({ username: 'user', password: 'swordfish' }),
      clock,
      allowLoopback: true,
    });

    expect(await login.get(at(server), 'v1')).toEqual(manifest);
    expect(server.asked.at(-1)?.headers.authorization).toBeDefined();
    expect(other.asked).toHaveLength(1);
    expect(other.asked[0]?.headers.authorization).toBeUndefined();
  });

  test('11: after a 429 the client waits as long as the registry asks for', async () => {
    const server = await serve(({ url }, nth) => {
      if (!url.includes('/manifests/')) return undefined;
      return nth === 1 ? { status: 429, headers: { 'retry-after': '7' } } : give(manifest);
    });
    const before = clock.waited();

    expect(await registry.get(at(server), 'v1')).toEqual(manifest);
    expect(clock.waited() - before).toBe(7000);
  });

  test('12: warnings change nothing', async () => {
    const warning = '299 - "this repository is read by a stranger"';
    const server = await serve(({ url }) => (url.includes('/manifests/') ? give(manifest, { warning }) : undefined));

    expect(await registry.get(at(server), 'v1')).toEqual(manifest);
  });

  test('13: a manifest of exactly 4 MiB is accepted, a larger one is refused', async () => {
    const size = 4 * 1024 * 1024;
    const filled = (length: number) => {
      const empty = imageOf('4 MiB', { fields: { annotations: { filler: '' } } }).manifest.bytes.length;
      return imageOf('4 MiB', { fields: { annotations: { filler: 'x'.repeat(length - empty) } } }).manifest;
    };
    const server = await serve(({ url }) => {
      if (url.endsWith('/fits')) return give(filled(size));
      return url.endsWith('/large') ? give(filled(size + 1)) : undefined;
    });

    expect((await registry.get(at(server), 'fits'))?.bytes.length).toBe(size);
    await expect(registry.get(at(server), 'large')).rejects.toThrow(
      /TOO_LARGE: the reply is larger than 4194304 bytes/,
    );
  });
});

describe('writing', () => {
  const directory = mkdtempSync(join(tmpdir(), 'obligations-'));
  let running: RunningRegistry;
  let base: string;

  beforeAll(async () => {
    running = await startRegistry({ directory });
    base = `http://${running.host}`;
  });
  afterAll(async () => {
    await running.close();
    rmSync(directory, { recursive: true });
  });

  test.each(Object.values(TYPES))(
    '6, 7: a %s is put with its own type and exactly the bytes that were read',
    async (type) => {
      const bytes = Buffer.from(`{\n\t"schemaVersion" : 2, "mediaType":"${type}","x":1.0,\r\n "manifests":[ ] }\n\n`);
      const original = manifestOf(bytes, type);
      const server = await serve(({ method, url }) => {
        if (!url.includes('/manifests/')) return undefined;
        return method === 'PUT' ? { status: 201 } : give(original);
      });

      const read = await registry.get(at(server), 'v1');
      if (read !== undefined) await registry.put(at(server), 'v2', read);

      const put = server.asked.find(({ method }) => method === 'PUT');
      expect(put?.headers['content-type']).toBe(type);
      expect(put?.body.equals(bytes)).toBe(true);
    },
  );

  test('8: a tag against the grammar is refused before any request', async () => {
    const server = await serve(() => undefined);
    const wrong = ['', '.v1', '-v1', 'v 1', 'v1/..', 'vé', 'v'.repeat(129), 'sha256:abc', 'v1?x=1', 'v1#'];

    for (const tag of wrong) {
      await expect(registry.put(at(server), tag, manifest)).rejects.toMatchObject({ name: 'InvalidInput' });
      await expect(registry.head(at(server), tag)).rejects.toMatchObject({ name: 'InvalidInput' });
    }
    expect(server.asked).toEqual([]);
  });

  test('14, 15: if the registry lists no referrers, they are found by the tag, and the tag is updated', async () => {
    const subject = imageOf('signed');
    const about = (seed: string) =>
      imageOf(seed, {
        fields: {
          artifactType: 'application/vnd.example.signature',
          annotations: { seed },
          subject: {
            mediaType: TYPES.ociManifest,
            size: subject.manifest.bytes.length,
            digest: subject.manifest.digest,
          },
        },
      });
    const signatures = [about('one'), about('two'), about('three')];
    const old = await startOldRegistry(base);
    servers.push(old);
    const from = { host: old.host, repository: 'signed/from' };
    const to = { host: old.host, repository: 'signed/to' };
    for (const content of [subject, ...signatures]) await pushContent(base, from.repository, content);
    for (const signature of signatures) await registry.put(from, signature.manifest.digest, signature.manifest);

    await registry.copyContent(from, to, subject.manifest);

    for (const { repository } of [from, to]) {
      const tag = await pulledManifest(base, repository, subject.manifest.digest.replace(':', '-'));
      const index = JSON.parse(String(tag?.bytes)) as {
        manifests: readonly { digest: string; artifactType: string }[];
      };
      expect(index.manifests.map(({ digest }) => digest).sort()).toEqual(
        signatures.map((signature) => signature.manifest.digest).sort(),
      );
      expect(index.manifests[0]?.artifactType).toBe('application/vnd.example.signature');
    }
    for (const signature of signatures) expect(await missingFrom(base, to.repository, signature)).toEqual([]);
  });

  test('16: a list is tagged and copied as a list, with every child', async () => {
    const list = indexOf([imageOf('amd64'), imageOf('arm64'), imageOf('attestation')]);
    const from = { host: running.host, repository: 'multi/from' };
    const to = { host: running.host, repository: 'multi/to' };
    await pushContent(base, from.repository, list, 'v1');

    const read = await registry.get(from, 'v1');
    if (read !== undefined) {
      await registry.put(from, 'v2', read);
      await registry.copyContent(from, to, read);
      await registry.put(to, 'v2', read);
    }

    for (const { repository } of [from, to]) {
      expect(await pulledManifest(base, repository, 'v2')).toEqual(list.manifest);
      expect(await missingFrom(base, repository, list)).toEqual([]);
    }
  });
});

/** The embedded registry without the referrers API, as docker-registry 2.8 is. */
async function startOldRegistry(base: string): Promise<ScriptedRegistry> {
  const proxy = await startFaultProxy(base, [
    { name: 'no referrers', path: /\/referrers\//, fault: { kind: 'reply', when: 'before', status: 404 } },
    { name: 'no subject', method: 'PUT', fault: { kind: 'headers', set: { 'oci-subject': undefined } } },
  ]);
  return { host: proxy.host, asked: [], close: proxy.close };
}
