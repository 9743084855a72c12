import { objectKeys } from '../../../core/contract/keys';
import { findManifest } from '../../../lambdas/release/find-manifest';
import { createMemoryStore } from '../../support/pipeline/memory-state';
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
