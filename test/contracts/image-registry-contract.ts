/** The contract of our client with any registry. Run on the embedded registry and docker-registry, directly and behind a token service. */
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { attachBundle, EMPTY_CONFIG, mayHold } from '../../core/signing/bundle';
import { createStillClock } from '../support/pipeline/memory-state';
import {
  blobsIn,
  type Content,
  dockerImage,
  imageOf,
  indexOf,
  manifestOf,
  missingFrom,
  pulledManifest,
  pushContent,
  sha256,
  TYPES,
} from '../support/registry/fake-registry-content';

/** A registry under test. `base` is its back door: the same registry without login, for the test's own pushes. */
export interface RegistryUnderTest {
  readonly host: string;
  readonly base: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  stop(): Promise<void>;
}

const OF = { predicateType: 'https://example.com/release', run: 'run-1' };

/** OCI image-spec 1.1, "Guidance for an Empty Descriptor". */
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(Buffer.from('{}')), size: 2 };

/** A registry with its own client, or with its own replies. */
export interface OwnClient {
  readonly open: (clock: Clock) => ImageRegistry;
  /** The error for a manifest whose parts are missing. */
  readonly refusal: RegExp;
  /** False for a registry that refuses an index of indexes. */
  readonly takesNested: boolean;
}

const BLOB_UNKNOWN = /^PUT http:\S+\/manifests\/v2: 400 MANIFEST_BLOB_UNKNOWN: /;

/** Defines the suite. `start` returns an empty registry; it is called twice, for copies from one to the other. */
export function describeImageRegistry(
  name: string,
  start: () => Promise<RegistryUnderTest>,
  { open, refusal = BLOB_UNKNOWN, takesNested = true }: Partial<OwnClient> = {},
): void {
  describe(`image registry contract: ${name}`, () => {
    let tested: RegistryUnderTest;
    let other: RegistryUnderTest;
    let registry: ImageRegistry;
    let counter = 0;
    const fresh = (host = tested.host): RepositoryName => {
      counter += 1;
      return { host, repository: `team/sub-group/image_${counter}` };
    };

    beforeAll(async () => {
      [tested, other] = [await start(), await start()];
    });
    afterAll(async () => {
      await Promise.all([tested?.stop(), other?.stop()]);
    });
    beforeEach(() => {
      const clock = createStillClock();
      const credentials = () => Promise.resolve(tested.credentials);
      registry = open?.(clock) ?? createOciRegistry({ credentials, clock, allowLoopback: true });
    });

    const isTaken = ([kind]: readonly [string, unknown]) => takesNested || !kind.endsWith('index of indexes');
    const shapes: readonly (readonly [string, () => Content])[] = [
      ['Docker image', () => imageOf('a', { mediaType: TYPES.dockerManifest })],
      ['OCI image', () => imageOf('b')],
      ['Docker list', () => indexOf([dockerImage('c'), dockerImage('d')], TYPES.dockerList)],
      ['OCI index', () => indexOf([imageOf('e'), imageOf('f')])],
      ['index of indexes', () => indexOf([indexOf([imageOf('g')]), imageOf('h')])],
      ['image without layers', () => imageOf('i', { layers: [] })],
      [
        'image with unknown fields',
        () => imageOf('j', { fields: { annotations: { 'org.example': 'ü "quoted"' }, extra: [1.0, null] } }),
      ],
      [
        'manifest about another',
        () => imageOf('k', { fields: { subject: { ...EMPTY, mediaType: TYPES.ociManifest } } }),
      ],
    ];

    test.each(shapes.filter(isTaken))('%s: read, tagged and copied, every byte unchanged', async (_, make) => {
      const content = make();
      const from = fresh();
      const to = fresh();
      await pushContent(tested.base, from.repository, content, 'v1');

      const manifest = await registry.get(from, 'v1');
      expect(manifest).toEqual(content.manifest);
      if (manifest === undefined) return;
      expect(await registry.head(from, 'v1')).toBe(content.manifest.digest);
      await registry.put(from, 'v2', manifest);
      await registry.copyContent(from, to, manifest);
      await registry.put(to, 'v2', manifest);

      for (const { repository } of [from, to]) {
        expect(await pulledManifest(tested.base, repository, 'v2')).toEqual(content.manifest);
        expect(await missingFrom(tested.base, repository, content)).toEqual([]);
      }
      expect(await registry.head(from, 'v1')).toBe(content.manifest.digest);
    });

    test.each(shapes.filter(isTaken))('%s: copied to another registry', async (_, make) => {
      const content = make();
      const from = fresh();
      const to = fresh(other.host);
      await pushContent(tested.base, from.repository, content, 'v1');

      await registry.copyContent(from, to, content.manifest);
      await registry.put(to, 'v1', content.manifest);

      expect(await pulledManifest(other.base, to.repository, 'v1')).toEqual(content.manifest);
      expect(await missingFrom(other.base, to.repository, content)).toEqual([]);
    });

    test('a missing tag, manifest or repository is undefined, not an error', async () => {
      const name = fresh();
      await pushContent(tested.base, name.repository, imageOf('there'), 'v1');
      const digest = sha256(Buffer.from('nothing'));

      expect(await registry.head(name, 'v2')).toBeUndefined();
      expect(await registry.get(name, digest)).toBeUndefined();
      expect(await registry.head(fresh(), 'v1')).toBeUndefined();
      expect(await registry.get(fresh(), 'v1')).toBeUndefined();
    });

    test.each<[string, (seed: string) => Content]>([
      ['an image', (seed) => imageOf(seed)],
      ['a Docker image', (seed) => imageOf(seed, { mediaType: TYPES.dockerManifest })],
      ['the first image of an index', (seed) => indexOf([imageOf(seed), imageOf('another')])],
    ])('the config of %s is read as it is', async (_, make) => {
      const name = fresh();
      const content = make('with a config');
      await pushContent(tested.base, name.repository, content);

      const config = await registry.config(name, content.manifest);

      expect(config).toEqual(blobsIn(content)[0]);
    });

    const noConfig: readonly [string, Content][] = [
      ['an empty index', indexOf([])],
      ['an index of indexes', indexOf([indexOf([imageOf('deep')])])],
      ['what is no image', imageOf('no image', { layers: [Buffer.from('{}')], fields: { config: EMPTY } })],
    ];
    test.each(noConfig.filter(isTaken))('%s has no config', async (_, content) => {
      const name = fresh();
      await pushContent(tested.base, name.repository, content);
      expect(await registry.config(name, content.manifest)).toBeUndefined();
    });

    test('an image that is not there has no config', async () => {
      expect(await registry.config(fresh(), imageOf('never pushed').manifest)).toBeUndefined();
    });

    test('a manifest is found by tag and by digest', async () => {
      const name = fresh();
      const content = imageOf('by digest');
      await pushContent(tested.base, name.repository, content);

      expect(await registry.get(name, content.manifest.digest)).toEqual(content.manifest);
      await registry.put(name, content.manifest.digest, content.manifest);
    });

    test('a manifest whose parts are missing is refused with status and code, and nothing is tagged', async () => {
      const name = fresh();
      await pushContent(tested.base, name.repository, imageOf('first'), 'v1');

      const put = registry.put(name, 'v2', imageOf('never pushed').manifest);

      await expect(put).rejects.toMatchObject({
        name: 'RegistryError',
        message: expect.stringMatching(refusal),
      });
      expect(await pulledManifest(tested.base, name.repository, 'v2')).toBeUndefined();
    });

    test('an existing tag keeps its manifest when it is put again', async () => {
      const name = fresh();
      const content = imageOf('again');
      await pushContent(tested.base, name.repository, content, 'v1');

      await Promise.all([1, 2, 3, 4].map(() => registry.put(name, 'v1', content.manifest)));

      expect(await registry.head(name, 'v1')).toBe(content.manifest.digest);
    });

    test('a manifest of nearly 4 MiB is put, a larger one is refused before it is sent', async () => {
      const name = fresh();
      const large = imageOf('large', { fields: { annotations: { filler: 'x'.repeat(4 * 1024 * 1024 - 2000) } } });
      const larger = imageOf('larger', { fields: { annotations: { filler: 'x'.repeat(4 * 1024 * 1024) } } });
      await pushContent(tested.base, name.repository, large, 'v1');

      const manifest = await registry.get(name, 'v1');
      await registry.put(name, 'v2', large.manifest);

      expect(manifest?.digest).toBe(large.manifest.digest);
      await expect(registry.put(name, 'v3', larger.manifest)).rejects.toMatchObject({
        name: 'RegistryError',
        message: expect.stringContaining('4194304'),
      });
    });

    test('a tag may have 128 characters', async () => {
      const name = fresh();
      const content = imageOf('long tag');
      const tag = 'v'.repeat(128);
      await pushContent(tested.base, name.repository, content);

      await registry.put(name, tag, content.manifest);

      expect(await registry.head(name, tag)).toBe(content.manifest.digest);
    });

    test('73 images get a version at the same time', async () => {
      const images = await Promise.all(
        Array.from({ length: 73 }, async (_, index) => {
          const name = fresh();
          const content = imageOf(`one of many ${index}`);
          await pushContent(tested.base, name.repository, content, 'v1.3.0');
          return { name, content };
        }),
      );

      await Promise.all(
        images.map(async ({ name }) => {
          const manifest = await registry.get(name, 'v1.3.0');
          if (manifest !== undefined) await registry.put(name, 'v1.4.0', manifest);
        }),
      );

      const found = await Promise.all(images.map(({ name }) => pulledManifest(tested.base, name.repository, 'v1.4.0')));
      expect(found).toEqual(images.map(({ content }) => content.manifest));
    });

    test('a large layer goes from one registry to another', async () => {
      const layer = Buffer.alloc(9 * 1024 * 1024 + 13, 'layer ');
      const content = imageOf('large layer', { layers: [layer] });
      const from = fresh();
      const to = fresh(other.host);
      await pushContent(tested.base, from.repository, content, 'v1');

      await registry.copyContent(from, to, content.manifest);

      const missing = await missingFrom(other.base, to.repository, content);
      expect(missing).toEqual([content.manifest.digest]);
      expect(blobsIn(content)).toContain(layer);
    });

    test('what is attached to an image is listed with its type and annotations, each once, and its blob is read', async () => {
      const name = fresh();
      const image = indexOf([imageOf('signed'), imageOf('signed, too')]);
      await pushContent(tested.base, name.repository, image, 'v1');
      const subject = { ...image.manifest, size: image.manifest.bytes.length };
      const attached = [1, 2, 3].map((index) => attachBundle(subject, Buffer.from(`{"${index}":1}`), OF, index));

      for (const [index, artifact] of attached.entries()) {
        const blobs = [Buffer.from(`{"${index + 1}":1}`), EMPTY_CONFIG];
        expect(await Promise.all(blobs.map((blob) => registry.putBlob(name, blob)))).toEqual(blobs.map(sha256));
        await registry.put(name, artifact.digest, artifact);
        await registry.put(name, artifact.digest, artifact);
      }

      const found = await registry.referrers(name, subject.digest);
      expect(found.map(({ digest }) => digest).toSorted()).toEqual(attached.map(({ digest }) => digest).toSorted());
      expect(found.filter((referrer) => mayHold(referrer, OF))).toHaveLength(3);
      expect(await registry.blob(name, sha256(Buffer.from('{"2":1}')))).toEqual(Buffer.from('{"2":1}'));
      expect(await registry.head(name, 'v1')).toBe(subject.digest);
    });

    test('a blob is uploaded once, however often it is put, and one that is missing is undefined', async () => {
      const name = fresh();
      const bytes = Buffer.from('{"mediaType":"x"}');

      expect(await registry.putBlob(name, bytes)).toBe(sha256(bytes));
      expect(await registry.putBlob(name, bytes)).toBe(sha256(bytes));
      expect(await registry.blob(name, sha256(bytes))).toEqual(bytes);
      expect(await registry.blob(name, sha256(Buffer.from('none')))).toBeUndefined();
    });

    test('bytes that do not have their digest are never sent', async () => {
      const name = fresh();
      const { manifest } = imageOf('forged');
      const forged = { ...manifest, bytes: Buffer.from('{}') };
      const renamed = manifestOf(Buffer.from('{}'), TYPES.ociManifest);

      await expect(registry.put(name, 'v1', forged)).rejects.toMatchObject({ name: 'RegistryError' });
      await expect(registry.put(name, manifest.digest, renamed)).rejects.toMatchObject({ name: 'RegistryError' });
    });
  });
}
