/** Signatures and attestations, and signatures of those, are copied with their image. */
import { createHttpClient } from '../../../adapters/http/http-client';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createRegistryClient } from '../../../adapters/registry/client/registry-client';
import { createOciRegistry, openRegistryClient } from '../../../adapters/registry/oci-registry';
import { digestTag, listAsReferrer, listReferrers, mayHaveDigestTags } from '../../../adapters/registry/referrers';
import type { Manifest } from '../../../core/ports/registry';
import { startFaultProxy } from '../../support/http/fault-proxy';
import { createStillClock } from '../../support/pipeline/memory-state';
import { useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import {
  type Content,
  imageOf,
  indexOf,
  missingFrom,
  pulledManifest,
  pushContent,
  sha256,
  TYPES,
} from '../../support/registry/fake-registry-content';
import { type Answer, startScriptedRegistry } from '../../support/registry/scripted-registry';

const embedded = useEmbeddedRegistry();
const { log } = embedded;

const registry = createOciRegistry({
  credentials: noCredentials,
  clock: createStillClock(),
  random: () => 1,
  allowLoopback: true,
});
const at = (repository: string) => ({ host: embedded.host, repository });

function about({ manifest }: Content, seed: string): Content {
  const subject = { mediaType: manifest.mediaType, size: manifest.bytes.length, digest: manifest.digest };
  return imageOf(seed, { fields: { artifactType: 'application/vnd.example.signature', subject } });
}

async function referrersOf(repository: string, { manifest }: Content): Promise<readonly string[]> {
  const reply = await fetch(`${embedded.base}/v2/${repository}/referrers/${manifest.digest}`);
  const index = (await reply.json()) as { readonly manifests: readonly { readonly digest: string }[] };
  return index.manifests.map(({ digest }) => digest);
}

test('a referrer that the registry lists itself is written once, and gets no tag', async () => {
  const image = imageOf('subject');
  const signature = about(image, 'its signature');
  await pushContent(embedded.base, 'listed/image', image);
  await pushContent(embedded.base, 'listed/image', signature);
  log.length = 0;

  await registry.put(at('listed/image'), signature.manifest.digest, signature.manifest);

  const writes = log.filter(({ method }) => method === 'PUT').map(({ reference }) => reference);
  expect(writes).toEqual([signature.manifest.digest]);
});

test('referrers of the image, of its children, and of the referrers are copied', async () => {
  const child = imageOf('child');
  const image = indexOf([child]);
  const signature = about(image, 'signature');
  const childSbom = about(child, 'sbom of the child');
  const countersigned = about(signature, 'signature of the signature');
  for (const content of [image, signature, childSbom, countersigned])
    await pushContent(embedded.base, 'a/from', content);

  await registry.copyContent(at('a/from'), at('a/to'), image.manifest);

  expect(await referrersOf('a/to', image)).toEqual([signature.manifest.digest]);
  expect(await referrersOf('a/to', child)).toEqual([childSbom.manifest.digest]);
  expect(await referrersOf('a/to', signature)).toEqual([countersigned.manifest.digest]);
  for (const content of [signature, childSbom, countersigned])
    expect(await missingFrom(embedded.base, 'a/to', content)).toEqual([]);
});

test('tags of cosign are copied, and an existing tag is kept', async () => {
  const image = imageOf('cosigned');
  const tag = image.manifest.digest.replace(':', '-');
  const [signature, attestation, other] = [imageOf('sig'), imageOf('att'), imageOf('other att')];
  await pushContent(embedded.base, 'b/from', image);
  await pushContent(embedded.base, 'b/from', signature, `${tag}.sig`);
  await pushContent(embedded.base, 'b/from', attestation, `${tag}.att`);
  await pushContent(embedded.base, 'b/to', other, `${tag}.att`);

  await registry.copyContent(at('b/from'), at('b/to'), image.manifest);

  expect(await pulledManifest(embedded.base, 'b/to', `${tag}.sig`)).toEqual(signature.manifest);
  expect(await missingFrom(embedded.base, 'b/to', signature)).toEqual([]);
  expect(await pulledManifest(embedded.base, 'b/to', `${tag}.att`)).toEqual(other.manifest);
});

test('a signature that is listed and deleted does not stop the release of its image', async () => {
  const image = imageOf('listed');
  const gone = about(image, 'gone');
  await pushContent(embedded.base, 'c/from', image);
  const index = indexOf([gone], TYPES.ociIndex);
  const proxy = await startFaultProxy(embedded.base, [
    {
      name: 'listed',
      path: new RegExp(`/c/from/referrers/${image.manifest.digest}`),
      fault: {
        kind: 'reply',
        when: 'before',
        status: 200,
        headers: { 'content-type': TYPES.ociIndex },
        body: index.manifest.bytes.toString(),
      },
    },
  ]);
  const from = { host: proxy.host, repository: 'c/from' };

  await registry.copyContent(from, { host: proxy.host, repository: 'c/to' }, image.manifest);
  await proxy.close();

  expect(proxy.unfired()).toEqual([]);
  expect(await missingFrom(embedded.base, 'c/to', image)).toEqual([image.manifest.digest]);
});

test('an image that exists already takes one request', async () => {
  const image = imageOf('there');
  await pushContent(embedded.base, 'd/from', image);
  await pushContent(embedded.base, 'd/to', image);
  log.length = 0;

  await registry.copyContent(at('d/from'), at('d/to'), image.manifest);

  expect(log.map(({ method, reference }) => `${method} ${reference}`)).toEqual([`HEAD ${image.manifest.digest}`]);
});

describe('in a registry without the API of referrers', () => {
  const { manifest } = imageOf('its subject');
  const signatureOf = (seed: string, fields: Readonly<Record<string, unknown>>) => imageOf(seed, { fields }).manifest;
  const tag = digestTag(manifest.digest);

  /** Starts the registry. `afterPut` acts for another client, right behind a write. */
  async function startOld(afterPut: (stored: Map<string, Buffer>) => void = () => undefined) {
    const stored = new Map<string, Buffer>();
    const server = await startScriptedRegistry(({ method, url, body }): Answer | undefined => {
      if (url.includes('/tags/list'))
        return {
          status: 200,
          body: JSON.stringify({ tags: [...stored.keys()].filter((name) => !name.includes(':')) }),
        };
      const [, reference] = url.split('/manifests/');
      if (reference === undefined) return undefined;
      if (method === 'PUT') {
        stored.set(reference, body).set(sha256(body), body);
        afterPut(stored);
        return { status: 201 };
      }
      const found = stored.get(reference);
      if (found === undefined) return { status: 404 };
      const { mediaType = TYPES.ociIndex } = JSON.parse(String(found));
      return {
        status: 200,
        headers: { 'content-type': mediaType, 'docker-content-digest': sha256(found) },
        body: found,
      };
    });
    const clock = createStillClock();
    const dependencies = openRegistryClient({ credentials: noCredentials, clock, allowLoopback: true });
    const name = { host: server.host, repository: 'team/image' };
    const requests = (path: RegExp) => server.asked.filter(({ method, url }) => path.test(`${method} ${url}`)).length;
    const entries = () => JSON.parse(String(stored.get(tag))).manifests;
    const add = (one: Manifest) => listAsReferrer(name, manifest.digest, one, dependencies);
    const list = () => listReferrers(dependencies.client, name, manifest.digest);
    return { stored, requests, entries, add, list, close: server.close };
  }

  test('each manifest is listed once under the tag of its subject, with what tells its kind', async () => {
    const { add, list, entries, requests, close } = await startOld();
    const plain = signatureOf('plain', {});
    const signed = signatureOf('signed', { artifactType: 'application/x', annotations: { a: 'b' } });

    expect(await list()).toEqual([]);
    for (const one of [plain, signed, plain]) await add(one);

    const { config } = JSON.parse(String(plain.bytes));
    const size = (one: Manifest) => ({ mediaType: one.mediaType, digest: one.digest, size: one.bytes.length });
    expect(entries()).toEqual([
      { ...size(plain), artifactType: config.mediaType },
      { ...size(signed), artifactType: 'application/x', annotations: { a: 'b' } },
    ]);
    expect(requests(/^PUT /)).toBe(2);
    expect([await list(), await list()]).toEqual([entries(), entries()]);
    // It is asked for the API once.
    expect(requests(/\/referrers\//)).toBe(1);
    await close();
  });

  test('an entry that another client overwrites is added again, and theirs stays', async () => {
    const theirs = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: TYPES.ociIndex,
        manifests: [{ mediaType: 'x', size: 1, digest: sha256(Buffer.from('x')) }],
      }),
    );
    let writes = 0;
    const { add, entries, close } = await startOld((stored) => {
      writes += 1;
      if (writes === 1) stored.set(tag, theirs).set(sha256(theirs), theirs);
    });
    const one = signatureOf('one', {});

    await add(one);

    expect(entries().map(({ digest }: { digest: string }) => digest)).toEqual([sha256(Buffer.from('x')), one.digest]);
    await close();
  });

  test('an entry that another client overwrites each time is an error after five tries', async () => {
    let writes = 0;
    const { add, close } = await startOld((stored) => {
      writes += 1;
      const theirs = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: TYPES.ociIndex, manifests: [], writes }),
      );
      stored.set(tag, theirs).set(sha256(theirs), theirs);
    });

    await expect(add(signatureOf('two', {}))).rejects.toThrow(
      /team\/image:sha256-\w+ does not list sha256:\w+ after 5 tries; another client writes it, too, so start the run again$/,
    );
    expect(writes).toBe(5);
    await close();
  });

  test.each<[string, object | undefined]>([
    ['nothing', undefined],
    [
      'a manifest that is no index',
      {
        schemaVersion: 2,
        mediaType: TYPES.ociManifest,
        manifests: [{ mediaType: 'x', size: 1, digest: manifest.digest }],
      },
    ],
    ['an index without entries', { schemaVersion: 2, mediaType: TYPES.ociIndex }],
  ])('%s under the tag lists no referrers', async (_, found) => {
    const { stored, list, requests, close } = await startOld();
    const bytes = Buffer.from(JSON.stringify(found ?? {}));
    if (found !== undefined) stored.set(tag, bytes).set(sha256(bytes), bytes);

    expect(await list()).toEqual([]);
    if (found === undefined) expect(requests(/\/manifests\//)).toBe(0);
    await close();
  });

  test('the tag of a longer digest is cut to the length of a tag', () => {
    expect(digestTag(`sha512:${'a'.repeat(128)}`)).toBe(`sha512-${'a'.repeat(121)}`);
  });
});

describe('the search of a repository for tags made of digests', () => {
  const asked = (tags: readonly string[], link?: string) => async () => {
    const server = await startScriptedRegistry(({ url }): Answer | undefined => {
      if (!url.includes('/tags/list')) return undefined;
      return { status: 200, ...(link === undefined ? {} : { headers: { link } }), body: JSON.stringify({ tags }) };
    });
    const http = createHttpClient({
      errorName: 'RegistryError',
      clock: createStillClock(),
      random: () => 1,
      allowLoopback: true,
    });
    const options = { http, clock: createStillClock(), credentials: noCredentials, allowLoopback: true };
    const client = createRegistryClient(options);
    const name = { host: server.host, repository: 'team/image' };
    const answers = [await mayHaveDigestTags(client, name), await mayHaveDigestTags(client, name)];
    await server.close();
    return {
      answer: answers[0],
      again: answers[1],
      requests: server.asked.filter(({ url }) => url.includes('/tags/')).length,
    };
  };
  const next = '</v2/team/image/tags/list?last=x>; rel="next"';

  test.each([
    ['no tags', asked([]), false],
    ['others only, all of them', asked(['v1', 'latest']), false],
    ['others only, sorted, more to come', asked(['t', 'u', 'v1'], next), false],
    ['others only, not sorted, more to come', asked(['v1', 'latest'], next), true],
    ['tags before the prefix although asked for those behind it, more to come', asked(['a', 'b'], next), true],
    ['one of them', asked(['sha256-00.sig', 'v1'], next), true],
  ])('%s', async (_, ask, expected) => {
    expect(await ask()).toEqual({ answer: expected, again: expected, requests: 1 });
  });
});
