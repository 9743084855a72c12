/** The versions of a release: given once, restored by a rollback, and told apart from faults of AWS. */
import { objectKeys } from '../../../core/contract/keys';
import { releaseStep } from '../../../lambdas/release/release';
import { releasePlan } from '../../support/pipeline/runs';
import { type createMemoryRegistry, manifestOf } from '../../support/registry/memory-registry';
import { built, HOST, type World, world } from './release-world';

function denied(): never {
  throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
}

const deniedExceptPlans = (get: World['store']['get']) => async (key: string) =>
  key.startsWith('manifests/') ? denied() : get(key);

describe('a rollback', () => {
  const release = { host: HOST, repository: 'team/auth' };
  const { digest } = manifestOf('auth');
  const restored = built('auth', {
    action: 'retag',
    origin: { kind: 'released', reference: digest },
    made: { inputDigest: 'b'.repeat(40), source: 'd'.repeat(40) },
  });
  const rollback = async (seed: (registry: ReturnType<typeof createMemoryRegistry>) => void) => {
    const { registry, store, dependencies, record } = world([restored]);
    seed(registry);
    const rollback = {
      action: 'rollback',
      rollbackTo: 'v1.4.0',
      rollbackOf: { run: 'run-0', commit: 'c1', newer: [] },
    };
    const plan = { ...releasePlan('run-1', 'v1.4.0', [restored]), ...rollback };
    await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));
    const result = await releaseStep({ run: 'run-1', builds: [] }, dependencies);
    return { result, record: await record(), writes: registry.writes };
  };

  test('records the versions that it restores, with their old sources, and writes no tag', async () => {
    const { result, record, writes } = await rollback((registry) => registry.seed(release, 'v1.4.0', 'auth'));

    expect(result).toEqual({ tagged: 0 });
    expect(writes).toEqual([]);
    expect(record).toMatchObject({
      action: 'rollback',
      rollbackTo: 'v1.4.0',
      rollbackOf: { run: 'run-0' },
      platformVersion: 'v1.4.0',
    });
    expect(record.services).toEqual([
      expect.objectContaining({ version: 'v1.4.0', digest, inputDigest: 'b'.repeat(40), source: 'd'.repeat(40) }),
    ]);
  });

  test.each([
    ['is gone', () => undefined, /1 of 1 images cannot be pulled as recorded[\s\S]*auth: .* has no v1\.4\.0/],
    [
      'is another image',
      (registry: ReturnType<typeof createMemoryRegistry>) => registry.seed(release, 'v1.4.0', 'x'),
      /but was recorded as/,
    ],
  ])('is refused if a version %s', async (_, seed, message) => {
    await expect(rollback((registry) => void seed(registry))).rejects.toMatchObject({
      name: 'ImageMissing',
      message: expect.stringMatching(message),
    });
  });
});

describe('a version', () => {
  const image = `${HOST}/team/auth`;
  const advice = 'a version is given once, so choose the next one';

  test('is never given to other content; the error names both digests and both runs', async () => {
    const first = world([built('auth')]);
    const old = first.seed('auth', 'old');
    await first.start();
    const now = first.seed('auth', 'new');

    await expect(first.start('run-2')).rejects.toMatchObject({
      name: 'VersionTaken',
      message: expect.stringContaining(
        `${image}:v1.4.0 is ${old.digest} (run run-1) and cannot become ${now.digest} (run run-2); ${advice}`,
      ),
    });
    expect(await first.registry.head({ host: HOST, repository: 'team/auth' }, 'v1.4.0')).toBe(old.digest);
  });

  test('that a person put by hand counts as taken', async () => {
    const { registry, seed, start } = world([built('auth')]);
    registry.seed({ host: HOST, repository: 'team/auth' }, 'v1.4.0', 'by hand');
    seed('auth');

    await expect(start()).rejects.toMatchObject({ name: 'VersionTaken' });
  });

  test.each([
    ['claims', (world: World) => Object.assign(world.claims, { claim: denied })],
    ['object store', (world: World) => Object.assign(world.store, { get: deniedExceptPlans(world.store.get) })],
    ['registry', (world: World) => world.registry.failWhen(denied)],
  ])('is not reported as taken, nor an image as missing, if AWS denies access to the %s', async (_, deny) => {
    const denying = world([built('auth')]);
    denying.seed('auth');
    deny(denying);

    await expect(denying.start()).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining('auth: AccessDeniedException: not authorized'),
    });
  });

  const line = { version: { kind: 'next', line: 'v1.4.0-dev', after: 1 } } as const;

  test('of a line is the first that is free', async () => {
    const { claims, seed, start, record } = world([built('auth', line)]);
    await claims.claim({ image, version: 'v1.4.0-dev-2', digest: 'sha256:other', run: 'other' });
    seed('auth');

    await start();

    expect((await record()).services[0]?.version).toBe('v1.4.0-dev-3');
  });

  test('of a line is used again by the same interrupted run', async () => {
    const { registry, seed, start, record } = world([built('auth', line)]);
    seed('auth');
    registry.failWhen((method, _, reference) => {
      if (method === 'put' && reference.startsWith('v')) throw new Error('killed');
    });
    await start().catch(() => undefined);
    registry.failWhen(() => undefined);

    await start('run-2');

    expect((await record('run-2')).services[0]?.version).toBe('v1.4.0-dev-2');
  });

  test('of two concurrent runs differs for different content', async () => {
    const one = world([built('auth', line)]);
    const two = world([built('auth', line)], 'run-2');
    one.seed('auth', 'one');
    two.seed('auth', 'two');
    Object.assign(two.dependencies, { claims: one.claims });

    await Promise.all([one.start(), two.start()]);

    const [first, second] = [(await one.record()).services[0], (await two.record()).services[0]];
    expect([first?.version, second?.version].sort()).toEqual(['v1.4.0-dev-2', 'v1.4.0-dev-3']);
  });
});
