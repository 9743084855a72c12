/** Runs that name another run: a rollback undoes it, and a promotion takes over what it left. */
import { objectKeys } from '../../../../core/contract/keys';
import { eachTest } from '../../../support/each-test';
import { CATALOG, VALUES } from '../../../support/pipeline/small-pipeline';
import { ALL, makePromotionWorld, PRODUCTION, STAGING, versionsIn } from './promotion-world';

const world = eachTest(makePromotionWorld, (world) => world.remove());

/** Stores what a plan says of the place of a run. `platformVersion` is absent if the run gave the platform none. */
function storePlan(run: string, ref: string, environment: string, platformVersion?: string): Promise<void> {
  return world.dependencies.store.put(objectKeys.plan(run), JSON.stringify({ ref, environment, platformVersion }));
}

const UNDO = { action: 'rollback', run: 'release-2' } as const;

describe('a rollback of a run', () => {
  test('gives each of its services what it had before, and the platform its version', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    const commit = world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });

    const plan = await world.plan({ ...UNDO, reason: 'logins fail' });

    expect(versionsIn(plan)).toEqual(ALL.map((name) => `${name} v1.4.0`));
    expect(plan.services[0]?.origin).toEqual({ kind: 'released', reference: await world.digestOf('auth', 'v1.4.0') });
    expect(plan).toMatchObject({
      ref: 'main',
      environment: 'production',
      platformVersion: 'v1.4.0',
      rollbackOf: { run: 'release-2', commit, newer: [], reason: 'logins fail' },
    });
    expect(plan.services.every(({ followsPlatform }) => followsPlatform)).toBe(true);
  });

  test('is made on the branch and in the environment of that run, by its stored plan', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-dev-1', run: 'push-1' });
    world.commitRelease('develop', { version: 'v1.5.0-dev-2', run: 'release-2', services: ['auth', 'ngui'] });
    await storePlan('release-2', 'develop', 'staging');

    const plan = await world.plan(UNDO);

    expect(plan).toMatchObject({ ref: 'develop', environment: 'staging' });
    expect(versionsIn(plan)).toEqual(['auth v1.5.0-dev-1', 'ngui v1.5.0-dev-1']);
  });

  test('moves the version of the platform only if that run gave it one, and no service is named', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });

    const named = await world.plan({ ...UNDO, services: ['ngui', 'auth'] });
    await storePlan('release-2', 'main', 'production');
    const ofParts = await world.plan(UNDO, 'run-2');
    await storePlan('release-2', 'main', 'production', 'v1.5.0');
    const ofAll = await world.plan(UNDO, 'run-3');

    expect(versionsIn(named)).toEqual(['auth v1.4.0', 'ngui v1.4.0']);
    expect(named).not.toHaveProperty('platformVersion');
    expect(named.services.map(({ followsPlatform }) => followsPlatform)).toEqual([false, false]);
    expect(ofParts).not.toHaveProperty('platformVersion');
    expect(ofAll.platformVersion).toBe('v1.4.0');
  });

  test('gives the platform no version if its services had different ones before', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v1.4.1', run: 'fix-1', services: ['ngui'] });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });

    const plan = await world.plan(UNDO);

    expect(plan).not.toHaveProperty('platformVersion');
    expect(versionsIn(plan)).toEqual(['auth v1.4.0', 'etcd v1.4.0', 'ngui v1.4.1', 'restapi v1.4.0']);
  });

  test('moves the version of the platform, whatever versions of their own other services have', async () => {
    const independent = CATALOG.replace('path: etcd,', 'path: etcd, versioning: independent, version: v3.0.0,');
    world.repository.commit('main', { 'pipeline.yaml': independent });
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v3.0.0', run: 'etcd-1', services: ['etcd'] });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });

    expect(await world.plan(UNDO)).toMatchObject({ platformVersion: 'v1.4.0', totals: { retag: 4 } });
  });

  test('leaves what newer runs changed, and says so', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });
    world.commitRelease('main', { version: 'v1.5.1', run: 'fix-1', services: ['ngui'] });

    const plan = await world.plan(UNDO);

    expect(versionsIn(plan)).toEqual(['auth v1.4.0', 'etcd v1.4.0', 'restapi v1.4.0']);
    expect(plan.rollbackOf?.newer).toEqual(['ngui']);
    expect(plan.rollbackOf).not.toHaveProperty('reason');
  });

  test('is refused if newer runs changed all of it', async () => {
    for (const [version, run] of [
      ['v1.4.0', 'release-1'],
      ['v1.5.0', 'release-2'],
      ['v1.6.0', 'release-3'],
    ]) {
      world.commitRelease('main', { version: String(version), run: String(run), services: ['auth', 'ngui'] });
    }

    expect(await world.problemsOf(UNDO)).toEqual([
      'run: release-2 cannot be undone: newer runs changed auth, ngui since',
    ]);
  });

  test('is refused if none of its services was released before', async () => {
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2', services: ['auth', 'ngui'] });

    expect(await world.problemsOf(UNDO)).toEqual([
      'run: release-2 cannot be undone: it changed no service that was released before (new: auth, ngui)',
    ]);
  });

  test('is refused if it changed no image', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    const lock = world.repository.git('show', `main:${PRODUCTION}`);
    const message = `again\n\nRun-Id: release-2\nSource: ${'a'.repeat(40)}\n`;
    world.repository.commit('main', { [PRODUCTION]: `${lock}# again\n` }, message);

    expect(await world.problemsOf(UNDO)).toEqual([
      'run: release-2 cannot be undone: it changed no service that was released before',
    ]);
  });

  test('is refused for named services that it did not change', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2', services: ['ngui'] });

    expect(await world.problemsOf({ ...UNDO, services: ['auth'] })).toEqual([
      'services: none of them was changed by release-2, or all were changed by newer runs since',
    ]);
  });

  test('is refused if another environment is named than that of the run', async () => {
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2' });
    await storePlan('release-2', 'main', 'production');

    expect(await world.problemsOf({ ...UNDO, environment: 'staging' })).toEqual([
      'environment: release-2 updated the environment production, not staging',
    ]);
  });

  test('finds its commit as far back as a thousand changes of the lock', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });
    world.commitRelease('main', { version: 'v1.5.0', run: 'release-2', services: ['auth'] });
    for (let later = 1; later <= 31; later += 1) {
      world.commitRelease('main', { version: `v1.5.${later}`, run: `fix-${later}`, services: ['ngui'] });
    }

    expect(versionsIn(await world.plan(UNDO))).toEqual(['auth v1.4.0']);
  });

  test('is refused if no branch of its environment has a commit of it', async () => {
    world.commitRelease('main', { version: 'v1.4.0', run: 'release-1' });

    expect(await world.problemsOf(UNDO)).toEqual([
      `run: release-2 has no commit in ${PRODUCTION} on main; pipeline history lists the runs that have`,
    ]);
  });

  test('is refused if the branch of that run is gone', async () => {
    await storePlan('release-2', 'next', 'staging');
    const input = { action: 'promote', environment: 'production', run: 'release-2' };

    expect(await world.problemsOf(input)).toEqual([
      expect.stringMatching(/^run: release-2 has no commit in chart\/version-lock-staging\.yaml on next;/),
    ]);
  });
});

describe('a promotion of a run', () => {
  const TAKE = { action: 'promote', run: 'push-1', environment: 'production' } as const;

  test('gives production all that staging had after it, each with the version that it has', async () => {
    world.commitRelease('develop', { version: 'v1.5.0-dev-1' });
    world.commitRelease('develop', { version: 'v1.5.0-dev-2', services: ['ngui'], run: 'push-1' });
    world.commitRelease('develop', { version: 'v1.5.0-dev-3', services: ['auth'], run: 'push-2' });

    const plan = await world.plan(TAKE);

    expect(plan).toMatchObject({ ref: 'main', environment: 'production' });
    expect(versionsIn(plan)).toEqual([
      'auth v1.5.0-dev-1',
      'etcd v1.5.0-dev-1',
      'ngui v1.5.0-dev-2',
      'restapi v1.5.0-dev-1',
    ]);
    expect(plan).not.toHaveProperty('rollbackOf');
    expect(plan).not.toHaveProperty('platformVersion');
  });

  test('gives the platform the version that the run gave it', async () => {
    world.commitRelease('develop', { version: 'v1.5.0', run: 'push-1' });
    await storePlan('push-1', 'develop', 'staging', 'v1.5.0');

    expect(await world.plan(TAKE)).toMatchObject({ platformVersion: 'v1.5.0', totals: { retag: 4 } });
  });

  test('is refused before the first tag if two of its versions share a place in the values file', async () => {
    const shared = VALUES.replace('auth: {', 'auth: &auth {').replace(/^ngui: .*$/m, 'ngui: *auth');
    world.repository.commit('main', { 'chart/values.yaml': shared });
    world.commitRelease('develop', { version: 'v1.5.0-dev-1' });
    world.commitRelease('develop', { version: 'v1.5.0-dev-2', services: ['ngui'], run: 'push-1' });

    expect(await world.problemsOf(TAKE)).toEqual([
      expect.stringMatching(/^ngui\.image\.tag: is the same tag as auth\.image\.tag, which is to be v1\.5\.0-dev-1, /),
    ]);
  });

  test('is refused for a run of another environment than the one before', async () => {
    world.commitRelease('main', { version: 'v1.5.0', run: 'push-1' });
    await storePlan('push-1', 'main', 'production');

    expect(await world.problemsOf(TAKE)).toEqual([
      'environment: push-1 updated the environment production, not staging',
    ]);
  });

  test('is refused with each service that it would take back to an earlier commit', async () => {
    const source = world.repository.git('rev-parse', 'main');
    world.commitRelease('develop', { version: 'v1.5.0-dev-1', run: 'push-1', source });
    const later = world.repository.commit('main', { 'auth/main.py': 'print(7)\n' });
    world.commitRelease('main', { version: 'v1.6.0', services: ['auth'], source: later });

    expect(await world.problemsOf(TAKE)).toEqual([
      expect.stringMatching(/^services: auth is at v1\.6\.0 in environment production, built from a later commit than/),
    ]);
  });
});

test('a lock of staging that no branch has yet names no run', async () => {
  expect(await world.problemsOf({ action: 'promote', run: 'push-1', environment: 'production' })).toEqual([
    expect.stringMatching(new RegExp(`^run: push-1 has no commit in ${STAGING} on develop, ${STAGING} on next`)),
  ]);
});
