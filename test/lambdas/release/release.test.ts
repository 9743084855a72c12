import { PipelineError } from '../../../core/contract/errors';
import { candidateTag, contentTag, objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import type { ReleaseRecord } from '../../../core/contract/release';
import { parseSettings } from '../../../core/settings/parse-settings';
import { releaseStep } from '../../../lambdas/release/release';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';
import { releasedAs, releasePlan } from '../../support/pipeline/release-plan';
import { createMemoryRegistry, manifestOf } from '../../support/registry/memory-registry';

const HOST = 'registry.example';
const CANDIDATES = { host: HOST, repository: 'candidates' };
const COMMIT = 'c'.repeat(40);
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: HOST, namespace: 'team' },
  candidates: CANDIDATES,
});

function digestFor(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40);
}

function built(name: string, part: Partial<PlannedService> = {}): PlannedService {
  const inputDigest = digestFor(name);
  const origin = { kind: 'candidate', tag: candidateTag(name, inputDigest) } as const;
  return releasedAs('v1.4.0', { name, inputDigest, action: 'build', origin, ...part });
}

function world(services: readonly PlannedService[], run = 'run-1') {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  const store = createMemoryStore();
  const clock = { now: () => Date.parse('2026-11-23T23:59:00Z') };
  const dependencies = { settings, registry, claims, store, clock };
  const start = async (name = run) => {
    await store.put(objectKeys.plan(name), JSON.stringify(releasePlan(name, 'v1.4.0', services)));
    return releaseStep({ run: name, builds: [] }, dependencies);
  };
  const record = async (name = run): Promise<ReleaseRecord> =>
    JSON.parse((await store.get(objectKeys.release(name)))?.toString('utf8') ?? 'null');
  const seed = (name: string, content = name) =>
    registry.seed(CANDIDATES, candidateTag(name, digestFor(name)), content);
  return { registry, claims, store, dependencies, start, record, seed };
}

type World = ReturnType<typeof world>;

function denied(): never {
  throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
}

const deniedExceptPlans = (get: World['store']['get']) => async (key: string) =>
  key.startsWith('manifests/') ? denied() : get(key);

describe('the release step', () => {
  test('copies candidates, gives them version and content tag, and records what it did', async () => {
    const { registry, seed, start, record } = world([built('auth')]);
    const { digest } = seed('auth');

    const result = await start();

    expect(result).toEqual({ tagged: 1 });
    expect(registry.writes).toEqual([
      { repository: 'team/auth', reference: contentTag(digestFor('auth')), digest },
      { repository: 'team/auth', reference: 'v1.4.0', digest },
    ]);
    expect((await record()).services).toEqual([
      {
        name: 'auth',
        image: 'auth',
        version: 'v1.4.0',
        digest,
        inputDigest: digestFor('auth'),
        source: COMMIT,
        values: ['auth.image.tag'],
        followsPlatform: true,
        built: '2026-11-23',
      },
    ]);
  });

  test('retags a released image by its digest, without a copy', async () => {
    const release = { host: HOST, repository: 'team/etcd' };
    const { digest } = manifestOf('etcd');
    const service = built('etcd', { action: 'retag', origin: { kind: 'released', reference: digest } });
    const { registry, start } = world([service]);
    registry.seed(release, 'v1.3.0', 'etcd');

    await start();

    expect(await registry.head(release, 'v1.4.0')).toBe(digest);
  });

  test('writes nothing at all if one build failed', async () => {
    const { registry, claims, dependencies, seed, start } = world([built('auth'), built('ngui')]);
    seed('auth');
    const builds = [
      [{ service: 'auth', status: 'SUCCEEDED' } as const],
      [{ service: 'ngui', status: 'FAILED' } as const],
    ];

    await expect(releaseStep({ run: 'run-1', builds }, dependencies)).rejects.toMatchObject({
      name: 'BuildsFailed',
      message: expect.stringContaining('ngui: FAILED'),
    });
    await expect(start()).rejects.toMatchObject({ name: 'ImageMissing' });
    expect(registry.writes).toEqual([]);
    expect(claims.claims.size).toBe(0);
  });

  test('gives no version to any image if one is missing, and lists all that are', async () => {
    const { registry, claims, seed, start } = world([built('auth'), built('ngui'), built('etcd')]);
    seed('auth');

    await expect(start()).rejects.toMatchObject({
      name: 'ImageMissing',
      message: expect.stringMatching(/2 of 3[\s\S]*ngui: [\s\S]*etcd: /),
    });
    expect(registry.writes).toEqual([]);
    expect(claims.claims.size).toBe(0);
  });

  test('completes a release that broke off between two tags, and repeats nothing', async () => {
    const { registry, store, seed, start } = world([built('auth'), built('ngui')]);
    seed('auth');
    seed('ngui');
    let puts = 0;
    registry.failWhen((method, _, reference) => {
      if (method !== 'put' || reference !== 'v1.4.0') return;
      puts += 1;
      if (puts === 2) throw new PipelineError('RegistryError', 'connection reset');
    });
    await expect(start()).rejects.toMatchObject({ name: 'RegistryError' });
    expect(await store.exists(objectKeys.release('run-1'))).toBe(false);
    const left = ['auth', 'ngui'].map(async (name) => [
      await store.exists(objectKeys.tagged('run-1', name)),
      (await registry.head({ host: HOST, repository: `team/${name}` }, 'v1.4.0')) !== undefined,
    ]);
    expect((await Promise.all(left)).sort()).toEqual([
      [false, false],
      [true, true],
    ]);
    registry.failWhen(() => undefined);
    const before = registry.writes.length;

    await start('run-2');

    expect(registry.writes.slice(before)).toHaveLength(1);
    expect(await registry.head({ host: HOST, repository: 'team/ngui' }, 'v1.4.0')).toBeDefined();
    expect(await registry.head({ host: HOST, repository: 'team/auth' }, 'v1.4.0')).toBeDefined();
  });
});

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
    const plan = { ...releasePlan('run-1', 'v1.4.0', [restored]), action: 'rollback', rollbackTo: 'v1.4.0' };
    await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));
    const result = await releaseStep({ run: 'run-1', builds: [] }, dependencies);
    return { result, record: await record(), writes: registry.writes };
  };

  test('records the versions that it restores, with their old sources, and writes no tag', async () => {
    const { result, record, writes } = await rollback((registry) => registry.seed(release, 'v1.4.0', 'auth'));

    expect(result).toEqual({ tagged: 0 });
    expect(writes).toEqual([]);
    expect(record).toMatchObject({ action: 'rollback', rollbackTo: 'v1.4.0', platformVersion: 'v1.4.0' });
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

test('services that are kept get no version, and an image of other content gets no content tag', async () => {
  const made = { inputDigest: 'b'.repeat(40), source: 'd'.repeat(40) };
  const kept = built('etcd', { action: 'keep', version: { kind: 'none' } });
  const { registry, seed, start, record } = world([built('auth', { made }), kept]);
  seed('auth');

  expect(await start()).toEqual({ tagged: 1 });

  expect(registry.writes.map(({ reference }) => reference)).toEqual(['v1.4.0']);
  expect((await record()).services.map(({ name }) => name)).toEqual(['auth']);
});

describe('how an image was built', () => {
  const BASES = { 'python:3.12': `sha256:${'1'.repeat(64)}` };
  const OTHERS = { nginx: `sha256:${'2'.repeat(64)}` };
  const label = (bases: object) => ({ config: { Labels: { 'image-pipeline.bases': JSON.stringify(bases) } } });
  const facts = async (service: PlannedService, config?: object) => {
    const { registry, seed, start, record } = world([service]);
    seed('auth');
    registry.seed({ host: HOST, repository: 'team/auth' }, contentTag(digestFor('auth')), 'auth');
    if (config !== undefined) registry.describe('auth', config);
    await start();
    const [released] = (await record()).services;
    return { built: released?.built, bases: released?.bases };
  };
  const found: Partial<PlannedService> = { action: 'retag' };
  const byContent = { kind: 'released', reference: contentTag(digestFor('auth')) } as const;
  const byDigest = { kind: 'released', reference: manifestOf('auth').digest } as const;

  test('by this run is what the plan said, and today', async () => {
    expect(await facts(built('auth', { bases: BASES }))).toEqual({ built: '2026-11-23', bases: BASES });
  });

  test('as recorded stays as recorded, and the image is not asked', async () => {
    const recorded = built('auth', { ...found, origin: byDigest, bases: BASES, built: '2026-01-01' });
    const config = { created: '2025-01-01T00:00:00Z', ...label(OTHERS) };
    expect(await facts(recorded, config)).toEqual({ built: '2026-01-01', bases: BASES });
  });

  test.each([
    ['candidate', built('auth', found).origin],
    ['earlier release', byContent],
  ])('as a %s is what the image says', async (_, origin) => {
    const config = { created: '2026-11-20T10:00:00Z', ...label(OTHERS) };
    expect(await facts(built('auth', { ...found, origin }), config)).toEqual({ built: '2026-11-20', bases: OTHERS });
  });

  test('is not known of an earlier release that says nothing', async () => {
    expect(await facts(built('auth', { ...found, origin: byContent }))).toEqual({});
  });

  test('of a candidate that says nothing is today, since candidates do not get old', async () => {
    expect(await facts(built('auth', found), { created: null })).toEqual({ built: '2026-11-23' });
  });

  test('is no earlier than the day on which the build was due, whatever the image says', async () => {
    const service = built('auth', { ...found, built: '2026-11-10' });
    expect(await facts(service, { created: '2020-01-01T00:00:00Z' })).toEqual({ built: '2026-11-10' });
  });

  test('is found again by inputs, and by inputs and base images', async () => {
    const contentKey = 'e'.repeat(40);
    const { registry, seed, start } = world([built('auth', { contentKey })]);
    const { digest } = seed('auth');

    await start();

    const release = { host: HOST, repository: 'team/auth' };
    expect(await registry.head(release, contentTag(digestFor('auth')))).toBe(digest);
    expect(await registry.head(release, contentTag(contentKey))).toBe(digest);
  });
});

describe('a version', () => {
  const image = `${HOST}/team/auth`;
  const advice = 'a version is given once, so choose the next one';

  test('is never given to other content: both digests and both runs are named', async () => {
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

  test('that somebody put by hand counts as taken', async () => {
    const { registry, seed, start } = world([built('auth')]);
    registry.seed({ host: HOST, repository: 'team/auth' }, 'v1.4.0', 'by hand');
    seed('auth');

    await expect(start()).rejects.toMatchObject({ name: 'VersionTaken' });
  });

  test.each([
    ['claims', (world: World) => Object.assign(world.claims, { claim: denied })],
    ['object store', (world: World) => Object.assign(world.store, { get: deniedExceptPlans(world.store.get) })],
    ['registry', (world: World) => world.registry.failWhen(denied)],
  ])('is not called taken, nor an image missing, if AWS denies access to the %s', async (_, deny) => {
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

  test('of a line is taken up again by a run that broke off before', async () => {
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

  test('of two runs at the same time is never the same for different content', async () => {
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
