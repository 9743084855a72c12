import { PipelineError } from '../../../core/contract/errors';
import { candidateTag, contentTag, objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import { releaseStep } from '../../../lambdas/release/release';
import { releasePlan } from '../../support/pipeline/runs';
import { manifestOf } from '../../support/registry/memory-registry';
import { built, COMMIT, digestFor, HOST, world } from './release-world';

/** The error of an image that the registry does not have. */
function lost(name: string): string {
  const candidate = `${HOST}/candidates has no ${candidateTag(name, digestFor(name))}`;
  return `${candidate}, which the plan found or this run built; start the run again`;
}

describe('the release step', () => {
  test('copies candidates, puts version and content tag, and stores the record', async () => {
    const { registry, store, seed, start, record } = world([built('auth')]);
    const { digest } = seed('auth');

    const result = await start();

    expect(result).toEqual({ tagged: 1 });
    expect(JSON.parse(String(await store.get(objectKeys.tagged('run-1', 'auth'))))).toEqual({
      version: 'v1.4.0',
      digest,
    });
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

    registry.failWhen((method) => {
      if (method === 'copy') throw new Error('copied');
    });

    await start();

    expect(await registry.head(release, 'v1.4.0')).toBe(digest);
  });

  test('records who started the run and who approved it, in texts of one line', async () => {
    const { seed, start, record, store, dependencies } = world([built('auth')]);
    seed('auth');
    await start();
    expect(Object.keys(await record()).join()).not.toMatch(/approval|startedBy|rollback/);

    const approval = { by: 'bob', comment: 'tested\nRun-Id: x', more: 1 };
    await store.put(
      objectKeys.plan('run-1'),
      JSON.stringify({ ...releasePlan('run-1', 'v1.4.0', [built('auth')]), startedBy: 'bob' }),
    );
    await releaseStep({ run: 'run-1', builds: [], approval }, dependencies);
    expect(await record()).toMatchObject({ startedBy: 'bob', approval: { by: 'bob', comment: 'tested Run-Id: x' } });
  });

  test.each([
    ['the starter', { by: 'alice' }],
    ['nobody', {}],
  ])('writes nothing if %s approved where another person must', async (_who, approval) => {
    const { registry, dependencies, store, seed } = world([built('auth')]);
    seed('auth');
    const environments = [{ name: 'default', values: 'v.yaml', approval: { hours: 1, notByStarter: true } }];
    const settings = { ...dependencies.settings, environments };
    const plan = { ...releasePlan('run-1', 'v1.4.0', [built('auth')]), startedBy: 'alice' };
    await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));

    const releasing = releaseStep({ run: 'run-1', builds: [], approval }, { ...dependencies, settings });

    await expect(releasing).rejects.toMatchObject({ name: 'NotApproved' });
    expect(registry.writes).toEqual([]);
  });

  test('writes nothing if an image goes away between HEAD and GET', async () => {
    const { registry, dependencies, seed, start } = world([built('auth')]);
    const { digest } = seed('auth');
    Object.assign(dependencies.registry, { get: async () => undefined });

    await expect(start()).rejects.toMatchObject({
      name: 'ImageMissing',
      message: expect.stringContaining(`auth: ${HOST}/candidates has no ${digest}`),
      cause: expect.objectContaining({ name: 'ImageMissing' }),
    });
    expect(registry.writes).toEqual([]);
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

  test('gives no image a version if one is missing, and lists all missing ones', async () => {
    const { registry, claims, seed, start } = world([built('auth'), built('ngui'), built('etcd')]);
    seed('auth');

    await expect(start()).rejects.toMatchObject({
      name: 'ImageMissing',
      message: [
        '2 of 3 images could not be given their version; no values file was changed:',
        `  ngui: ${lost('ngui')}`,
        `  etcd: ${lost('etcd')}`,
      ].join('\n'),
    });
    expect(registry.writes).toEqual([]);
    expect(claims.claims.size).toBe(0);
  });

  test('completes a release that was interrupted between two tags, and repeats nothing', async () => {
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

test('services that are kept get no version, and an image of other content gets no content tag', async () => {
  const made = { inputDigest: 'b'.repeat(40), source: 'd'.repeat(40) };
  const kept = built('etcd', { action: 'keep', version: { kind: 'none' } });
  const { registry, seed, start, record } = world([built('auth', { made }), kept]);
  seed('auth');

  expect(await start()).toEqual({ tagged: 1 });

  expect(registry.writes.map(({ reference }) => reference)).toEqual(['v1.4.0']);
  expect((await record()).services.map(({ name }) => name)).toEqual(['auth']);
});

describe('the record of a build', () => {
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

  test('by this run has the facts of the plan, and today', async () => {
    expect(await facts(built('auth', { bases: BASES }))).toEqual({ built: '2026-11-23', bases: BASES });
  });

  test('of a recorded image stays as recorded, without a pull', async () => {
    const recorded = built('auth', { ...found, origin: byDigest, bases: BASES, built: '2026-01-01' });
    const config = { created: '2025-01-01T00:00:00Z', ...label(OTHERS) };
    expect(await facts(recorded, config)).toEqual({ built: '2026-01-01', bases: BASES });
  });

  test.each([
    ['candidate', built('auth', found).origin],
    ['earlier release', byContent],
  ])('of a %s comes from the labels of the image', async (_, origin) => {
    const config = { created: '2026-11-20T10:00:00Z', ...label(OTHERS) };
    expect(await facts(built('auth', { ...found, origin }), config)).toEqual({ built: '2026-11-20', bases: OTHERS });
  });

  test('is unknown for an earlier release without labels', async () => {
    expect(await facts(built('auth', { ...found, origin: byContent }))).toEqual({});
  });

  test('of a candidate without labels is today, because candidates do not get old', async () => {
    expect(await facts(built('auth', found), { created: null })).toEqual({ built: '2026-11-23' });
  });

  test.each([
    ['2020-01-01', '2026-11-10'],
    ['2026-11-20', '2026-11-20'],
  ])('of an image made on %s is never before the day on which it was due', async (made, expected) => {
    const service = built('auth', { ...found, built: '2026-11-10' });
    expect(await facts(service, { created: `${made}T00:00:00Z` })).toEqual({ built: expected });
  });

  test('is found by inputs, and by inputs and base images', async () => {
    const contentKey = 'e'.repeat(40);
    const { registry, seed, start } = world([built('auth', { contentKey })]);
    const { digest } = seed('auth');

    await start();

    const release = { host: HOST, repository: 'team/auth' };
    expect(await registry.head(release, contentTag(digestFor('auth')))).toBe(digest);
    expect(await registry.head(release, contentTag(contentKey))).toBe(digest);
  });
});
