/** A promotion plans exactly the recorded images, or is refused before anything is written. */
import { planStep } from '../../../../lambdas/plan/plan';
import { eachTest } from '../../../support/each-test';
import { CATALOG, VALUES } from '../../../support/pipeline/small-pipeline';
import { ALL, makePromotionWorld, STAGING, versionsIn } from './promotion-world';

const world = eachTest(makePromotionWorld, (world) => world.remove());

const PROMOTE = { action: 'promote', environment: 'production', version: 'v1.5.0' } as const;
const DEVELOPED = { version: 'v1.5.0-dev-1' };
const STAGING_LOCK = 'chart/version-lock-staging.yaml on develop';

describe('a promotion without a version takes what staging has now', () => {
  test('and gives every image of it the version, on the branch of production', async () => {
    world.commitRelease('main', { version: 'v1.4.0' });
    const source = world.repository.commit('develop', { 'auth/main.py': 'print(5)\n' });
    world.commitRelease('develop', { ...DEVELOPED, source });

    const plan = await world.plan(PROMOTE);

    expect(plan).toMatchObject({
      action: 'promote',
      ref: 'main',
      environment: 'production',
      platformVersion: 'v1.5.0',
      commit: world.repository.git('rev-parse', 'main'),
      totals: { build: 0, retag: 4, keep: 0 },
    });
    expect(versionsIn(plan)).toEqual(ALL.map((name) => `${name} v1.5.0`));
    expect(plan.services[0]).toMatchObject({
      previousVersion: 'v1.4.0',
      origin: { kind: 'released', reference: await world.digestOf('auth', 'v1.5.0-dev-1') },
      made: { source },
    });
  });

  test('and is refused with every service of the platform that staging has no image of', async () => {
    world.commitRelease('develop', { ...DEVELOPED, services: ['auth', 'ngui'] });

    expect(await world.problemsOf(PROMOTE)).toEqual([
      `services: no version of etcd is recorded in ${STAGING_LOCK}, chart/version-lock-staging.yaml on next, chart/version-lock-staging.yaml on main`,
      expect.stringMatching(/^services: no version of restapi is recorded in /),
    ]);
  });

  test('and needs no image of a service with a version of its own', async () => {
    const independent = CATALOG.replace('path: etcd,', 'path: etcd, versioning: independent, version: v3.0.0,');
    world.repository.commit('main', { 'pipeline.yaml': independent });
    world.commitRelease('develop', { ...DEVELOPED, services: ['auth', 'ngui', 'restapi'] });

    expect(versionsIn(await world.plan(PROMOTE))).toEqual(['auth v1.5.0', 'ngui v1.5.0', 'restapi v1.5.0']);
  });

  test('and is refused if staging has no release at all', async () => {
    expect(await world.problemsOf(PROMOTE)).toEqual([
      expect.stringMatching(/^from: a release is not recorded as a release of the platform in chart\/version-lock-st/),
    ]);
  });
});

describe('a promotion of a named version', () => {
  const FROM = { ...PROMOTE, from: 'v1.5.0-rc-1' };

  test('finds it under later releases, and leaves out a service that was added since', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1', services: ['auth', 'etcd', 'ngui'] });
    world.commitRelease('develop', { version: 'v1.5.0-rc-2' });

    const plan = await world.plan(FROM);

    expect(versionsIn(plan)).toEqual(['auth v1.5.0', 'etcd v1.5.0', 'ngui v1.5.0']);
    expect(plan.services[1]?.origin).toEqual({
      kind: 'released',
      reference: await world.digestOf('etcd', 'v1.5.0-rc-1'),
    });
  });

  test('finds it as far back as a thousand changes of the lock', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1' });
    for (let later = 1; later <= 31; later += 1) {
      world.commitRelease('develop', { version: `v1.5.0-dev-${later}`, services: ['ngui'] });
    }

    expect(versionsIn(await world.plan(FROM))).toHaveLength(4);
    expect(versionsIn(await world.plan({ ...FROM, services: ['ngui'] }, 'run-2'))).toEqual(['ngui v1.5.0']);

    // The newest commits have only one of two services, so more are read; and no more than these, if they have all.
    world.commitRelease('develop', { version: 'v1.5.0-rc-1', services: ['ngui'] });
    expect(versionsIn(await world.plan({ ...FROM, services: ['auth', 'ngui'] }, 'run-3'))).toHaveLength(2);
    world.commitRelease('develop', { version: 'v1.5.0-rc-2' });
    for (const services of [undefined, ['auth', 'ngui']]) {
      const before = world.calls.length;
      await world.plan({ ...FROM, from: 'v1.5.0-rc-2', ...(services && { services }) }, 'run-4');
      expect(world.calls.slice(before).filter((name) => name === 'log')).toHaveLength(1);
    }
  });

  test('passes over states of the lock that do not parse: no release wrote them', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1' });
    const good = world.repository.git('show', `develop:${STAGING}`);
    for (const text of ['<<<<<<< a merge\n', null, `${good}# fixed\n`]) {
      world.repository.commit('develop', { [STAGING]: text });
    }

    expect(versionsIn(await world.plan(FROM))).toHaveLength(4);
  });

  test('is refused if no release of the platform had it', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1', services: ['auth'] });
    world.commitRelease('develop', { version: 'v1.5.0-rc-2', services: ['ngui'] });

    expect(await world.problemsOf({ ...FROM, from: 'v1.5.0-rc-9' })).toEqual([
      expect.stringMatching(/^from: v1\.5\.0-rc-9 is not recorded as a release of the platform in /),
    ]);
  });
});

describe('a promotion of named services', () => {
  const NAMED = { ...PROMOTE, services: ['auth', 'ngui'], from: 'v1.5.0-rc-1' };

  test('changes no other service, and gives the platform no version', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1' });

    const plan = await world.plan(NAMED);

    expect(versionsIn(plan)).toEqual(['auth v1.5.0', 'ngui v1.5.0']);
    expect(plan).not.toHaveProperty('platformVersion');
    expect(plan.services.map(({ followsPlatform }) => followsPlatform)).toEqual([false, false]);
  });

  test('is refused with each of them if none is recorded', async () => {
    expect(await world.problemsOf(NAMED)).toEqual([
      expect.stringMatching(/^services: no v1\.5\.0-rc-1 of auth is recorded in /),
      expect.stringMatching(/^services: no v1\.5\.0-rc-1 of ngui is recorded in /),
    ]);
  });

  test('is refused with each that never had the version, and with each that is no service', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-rc-1', services: ['auth'] });

    expect(await world.problemsOf(NAMED)).toEqual([
      expect.stringMatching(/^services: no v1\.5\.0-rc-1 of ngui is recorded in /),
    ]);
    expect(await world.problemsOf({ ...NAMED, services: ['aut', 'gui'] })).toEqual([
      expect.stringMatching(/'aut' is not a service/),
      expect.stringMatching(/'gui' is not a service/),
    ]);
  });
});

describe('a promotion never goes back', () => {
  test('and is refused with each service that is at a later commit', async () => {
    const source = world.repository.git('rev-parse', 'main');
    world.commitRelease('main', { version: 'v1.4.0' });
    const later = world.repository.git('rev-parse', 'main');
    world.commitRelease('main', { version: 'v1.4.1', services: ['auth', 'ngui'], source: later });
    world.commitRelease('develop', { ...DEVELOPED, source });

    expect(await world.problemsOf(PROMOTE)).toEqual([
      'services: auth is at v1.4.1 in environment production, built from a later commit than v1.5.0-dev-1; promote a later version, or roll back',
      expect.stringMatching(/^services: ngui is at v1\.4\.1 /),
    ]);
  });

  test('but a rollback may', async () => {
    const source = world.repository.git('rev-parse', 'main');
    world.commitRelease('main', { version: 'v1.4.0', source });
    world.commitRelease('main', { version: 'v1.4.1' });

    const plan = await world.plan({ action: 'rollback', version: 'v1.4.0' });

    expect(plan).toMatchObject({ rollbackTo: 'v1.4.0', ref: 'main', totals: { retag: 4 } });
    expect(versionsIn(plan)).toEqual(ALL.map((name) => `${name} v1.4.0`));
  });

  test('and a rollback is refused if the platform never had its version', async () => {
    world.commitRelease('main', { version: 'v1.4.0' });

    expect(await world.problemsOf({ action: 'rollback', version: 'v1.3.9' })).toEqual([
      expect.stringMatching(/^version: v1\.3\.9 is not recorded as a release of the platform in /),
    ]);
  });

  test('and the commit itself, or one of another branch, is no step back', async () => {
    const source = world.repository.git('rev-parse', 'main');
    const hotfix = world.repository.commit('hotfix', { 'auth/main.py': 'print(6)\n' });
    world.commitRelease('main', { version: 'v1.4.0', source });
    world.commitRelease('main', { version: 'v1.4.1', services: ['auth'], source: hotfix });
    world.commitRelease('develop', { ...DEVELOPED, source });

    expect((await world.plan(PROMOTE)).totals.retag).toBe(4);
  });
});

describe('images', () => {
  test('that cannot be pulled as recorded are refused, all at once', async () => {
    world.commitRelease('develop', DEVELOPED);
    world.registry.seed({ host: 'registry.example', repository: 'team/etcd' }, DEVELOPED.version, 'another');
    world.registry.seed({ host: 'registry.example', repository: 'team/ngui' }, 'v1.5.0', 'another');
    world.registry.seed({ host: 'registry.example', repository: 'team/auth' }, 'v1.5.0', `auth ${DEVELOPED.version}`);

    await expect(world.plan(PROMOTE)).rejects.toMatchObject({ name: 'ImageMissing' });
    expect(await world.problemsOf(PROMOTE)).toEqual([
      expect.stringMatching(/^etcd: registry\.example\/team\/etcd:v1\.5\.0-dev-1 is sha256:\w+, but was recorded as /),
      expect.stringMatching(
        /^ngui: registry\.example\/team\/ngui:v1\.5\.0 is sha256:\w+ already; a version is given once, so choose the next one$/,
      ),
    ]);
  });
});

describe('the branch of production', () => {
  test('needs catalog and values file', async () => {
    world.commitRelease('develop', DEVELOPED);
    const commit = world.repository.commit('main', { 'pipeline.yaml': null, 'chart/values.yaml': null });

    expect(await world.problemsOf(PROMOTE)).toEqual([
      `pipeline.yaml: is not in commit ${commit.slice(0, 8)} of branch main`,
      `chart/values.yaml: is not in commit ${commit.slice(0, 8)} of branch main`,
    ]);
  });

  test('is refused before the first tag if its values file cannot be updated', async () => {
    world.commitRelease('develop', DEVELOPED);
    world.repository.commit('main', { 'chart/values.yaml': VALUES.replace(/^ngui: .*$/m, 'ngui: {}') });

    expect(await world.problemsOf(PROMOTE)).toEqual([
      expect.stringMatching(/^ngui\.image\.tag: \(tag of service ngui\)/),
    ]);
  });

  test('is refused if the release gives two images one digest, or moves an anchor that is used as a key', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const shared = VALUES.replace(/^auth: .*$/m, `auth: { image: &image { tag: v1.3.0, digest: "${digest}" } }`);
    world.commitRelease('develop', DEVELOPED);

    world.repository.commit('main', {
      'chart/values.yaml': shared.replace(/^restapi: .*$/m, 'restapi: { image: *image }'),
    });
    expect(await world.problemsOf(PROMOTE)).toEqual([expect.stringMatching(/has the same digest as auth\.image\.tag/)]);
    world.repository.commit('main', { 'chart/values.yaml': `${VALUES}names: { *tag : x }\n` });
    expect(await world.problemsOf(PROMOTE)).toEqual([
      expect.stringMatching(/would change from 'v1\.3\.0' to 'v1\.5\.0' as well/),
    ]);
  });

  test('gets no development version of a version that is out, but a run keeps the versions that it has', async () => {
    const run = 'push-1';
    const tag = 'v1.4.0-dev-1';
    world.commitRelease('develop', { version: tag, run });
    world.registry.seed({ host: 'registry.example', repository: 'team/auth' }, 'v1.4.0', 'auth');

    expect(await world.problemsOf({ ...PROMOTE, version: 'v1.4.0-rc-1' })).toEqual([
      expect.stringMatching(/^version: v1\.4\.0 of auth is released already/),
    ]);
    const plan = await world.plan({ action: 'promote', environment: 'production', run });
    expect(versionsIn(plan)).toEqual(ALL.map((name) => `${name} ${tag}`));
  });
});

test('the result starts no job, and names production and the version', async () => {
  world.commitRelease('develop', DEVELOPED);

  const result = await planStep({ run: 'run-1', input: PROMOTE }, world.dependencies);

  expect(result).toMatchObject({ proceed: true, environment: 'production', platformVersion: 'v1.5.0', ref: 'main' });
  expect(result.stages).toEqual({ base: [], apps: [] });
  expect(world.calls).not.toContain('archive');
});
