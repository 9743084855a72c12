import { objectKeys } from '../../../core/contract/keys';
import { findManifest, whyNotPullable } from '../../../lambdas/release/find-manifest';
import { createMemoryStore } from '../../support/pipeline/memory-state';
import { imageOf, indexOf } from '../../support/registry/fake-registry-content';
import { createMemoryRegistry, manifestOf } from '../../support/registry/memory-registry';

const NAME = { host: 'registry.example', repository: 'team/auth' };

function world() {
  const registry = createMemoryRegistry();
  const store = createMemoryStore();
  let pulls = 0;
  registry.failWhen((method) => {
    if (method === 'get') pulls += 1;
  });
  return { registry, store, pulls: () => pulls };
}

describe('the search for a manifest', () => {
  test('pulls it once for all of its names', async () => {
    const { registry, store, pulls } = world();
    const manifest = registry.seed(NAME, 'v1.3.0', 'auth');

    const first = await findManifest(NAME, 'v1.3.0', { registry, store });
    const again = await findManifest(NAME, manifest.digest, { registry, store });

    expect(first).toEqual(manifest);
    expect(again).toEqual(manifest);
    expect(pulls()).toBe(1);
  });

  test('does not find a manifest that the registry lost, even if its bytes are stored', async () => {
    const { registry, store } = world();
    const { digest } = registry.seed(NAME, 'v1.3.0', 'auth');
    await findManifest(NAME, 'v1.3.0', { registry, store });

    expect(await findManifest({ ...NAME, repository: 'team/other' }, digest, { registry, store })).toBeUndefined();
  });

  test('pulls again if the stored bytes have another digest', async () => {
    const { registry, store, pulls } = world();
    const { digest } = registry.seed(NAME, 'v1.3.0', 'auth');
    const wrong = { mediaType: 'x', bytes: manifestOf('other').bytes.toString('base64') };
    await store.put(objectKeys.manifest(digest), JSON.stringify(wrong));

    const found = await findManifest(NAME, 'v1.3.0', { registry, store });

    expect(found?.digest).toBe(digest);
    expect(found?.bytes).toEqual(manifestOf('auth').bytes);
    expect(pulls()).toBe(1);
  });

  test.each(['not JSON', '', 'null', '{}', '{"mediaType":"","bytes":"e30="}', '{"mediaType":"x","bytes":"?"}'])(
    'pulls again if %j is kept, and keeps what it pulled',
    async (kept) => {
      const { registry, store, pulls } = world();
      const manifest = registry.seed(NAME, 'v1.3.0', 'auth');
      await store.put(objectKeys.manifest(manifest.digest), kept);

      expect(await findManifest(NAME, 'v1.3.0', { registry, store })).toEqual(manifest);
      expect(await findManifest(NAME, 'v1.3.0', { registry, store })).toEqual(manifest);
      expect(pulls()).toBe(1);
    },
  );
});

test('a manifest that goes away between HEAD and GET is missing, and nothing is stored', async () => {
  const { registry, store } = world();
  const { digest } = registry.seed(NAME, 'v1.3.0', 'auth');

  const gone = { ...registry, get: async () => undefined };
  expect(await findManifest(NAME, 'v1.3.0', { registry: gone, store })).toBeUndefined();
  expect(await store.exists(objectKeys.manifest(digest))).toBe(false);
});

describe('an index of two images', () => {
  const images = [imageOf('amd64'), imageOf('arm64')] as const;
  const index = indexOf([...images]).manifest;
  const place = 'registry.example/team/auth';

  /** Why the index cannot be pulled as v1.3.0 if the registry has only these manifests. */
  function whyNot(present: readonly { readonly digest: string }[], recorded = index.digest) {
    const all = [index, ...images.map(({ manifest }) => manifest)];
    const find = (reference: string) => {
      const digest = reference === 'v1.3.0' ? index.digest : reference;
      return all.find((each) => each.digest === digest && present.includes(each));
    };
    const registry = {
      ...createMemoryRegistry(),
      head: async (_: unknown, reference: string) => find(reference)?.digest,
      get: async (_: unknown, reference: string) => find(reference),
    };
    return whyNotPullable(NAME, 'v1.3.0', recorded, { registry, store: createMemoryStore() });
  }
  const [first, second] = images.map(({ manifest }) => manifest) as [Present, Present];
  type Present = (typeof images)[0]['manifest'];

  test.each<[string, readonly Present[], string | undefined]>([
    ['can be pulled if the registry has all of it', [index, first, second], undefined],
    ['cannot without its tag', [first, second], `${place} has no v1.3.0`],
    ['cannot without its last image', [index, first], `${place}:v1.3.0 lacks its part ${second.digest}`],
  ])('%s', async (_, present, expected) => {
    expect(await whyNot(present)).toBe(expected);
  });

  test('cannot be pulled as an image of another digest', async () => {
    expect(await whyNot([index, first, second], first.digest)).toBe(
      `${place}:v1.3.0 is ${index.digest}, but was recorded as ${first.digest}`,
    );
  });
});
