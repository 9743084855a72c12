/** Signatures and statements follow an image into the registry of its environment. */
import { attachBundle, EMPTY_CONFIG } from '../../../../core/signing/bundle';
import { manifestOf } from '../../../support/registry/memory-registry';
import { deliveryWorld, HOST, LIVE, settings } from './delivery-world';

const from = { host: HOST, repository: 'team/auth' };
const to = { host: LIVE, repository: 'shop/auth' };
const image = manifestOf('auth');

function signedWorld() {
  const world = deliveryWorld(['auth']);
  Object.assign(world.dependencies, { settings: { ...settings, signing: { keyFile: 'key.pem' } } });
  const attach = async (run: string) => {
    const bundle = Buffer.from(JSON.stringify({ run }));
    const artifact = attachBundle(
      { ...image, size: image.bytes.length },
      bundle,
      { predicateType: 'https://example.com/release', run },
      0,
    );
    await world.registry.putBlob(from, bundle);
    await world.registry.putBlob(from, EMPTY_CONFIG);
    await world.registry.put(from, artifact.digest, artifact);
    return artifact.digest;
  };
  const attached = async () => (await world.registry.referrers(to, image.digest)).map(({ digest }) => digest);
  return { ...world, attach, attached };
}

test('those of a new image come with it, and a later statement of an image that is there comes before its next version', async () => {
  const { registry, deliver, attach, attached } = signedWorld();
  const first = await attach('run-1');
  await deliver();
  expect(await attached()).toEqual([first]);

  const second = await attach('run-2');
  const before = registry.writes.length;
  await deliver();

  expect(await attached()).toEqual([first, second]);
  expect(registry.writes.slice(before).map(({ reference }) => reference)).toEqual([second]);
  await deliver();
  expect(registry.writes.length).toBe(before + 1);
});

test('a delivery that is killed at any call ends with all of them once it is repeated', async () => {
  for (let calls = 0; ; calls += 1) {
    const { registry, deliver, attach, attached } = signedWorld();
    await attach('run-1');
    await deliver();
    await attach('run-2');
    let left = calls;
    registry.failWhen(() => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    });
    const isDone = await deliver().then(
      () => true,
      () => false,
    );
    registry.failWhen(() => undefined);
    await deliver();
    expect(await attached()).toHaveLength(2);
    if (isDone) return expect(calls).toBeGreaterThan(6);
  }
});

test('what other tools attached there stays, and what they attached here is left to them', async () => {
  const { registry, deliver, attached, dependencies } = signedWorld();
  await deliver();
  const strange = { mediaType: image.mediaType, digest: `sha256:${'f'.repeat(64)}`, size: 1, artifactType: 'x/y' };
  const referrers = registry.referrers.bind(registry);
  Object.assign(dependencies, {
    registry: {
      ...registry,
      referrers: async (...args: Parameters<typeof referrers>) => [...(await referrers(...args)), strange],
    },
  });
  await deliver();
  expect(await attached()).toEqual([]);
});
