import type { Catalog } from '../../../core/catalog/model';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import type { RepositoryName } from '../../../core/ports/registry';
import type { LockEntry } from '../../../core/version/version-lock';
import { checkVersionOrder } from '../../../lambdas/plan/version-order';
import { eachTest } from '../../support/each-test';
import { makePlanWorld, push, settings } from './plan-world';

describe('a run', () => {
  const world = eachTest(makePlanWorld, (world) => world.remove());

  /** Puts a version of a service into the release registry, as a run on another branch would. */
  function release(service: string, version: string): void {
    world.registry.seed({ host: 'registry.example', repository: `team/${service}` }, version, service);
  }

  /** Makes a push that changes one service. */
  function pushOfChange(): object {
    world.repository.git('branch', 'develop', 'main');
    return push(world.repository.commit('develop', { 'ngui/index.html': 'new' }));
  }

  test('a push towards a version that another branch released is planned with the edit of the catalog', async () => {
    release('ngui', 'v1.4.0');
    const { warnings, totals } = await world.plan(pushOfChange());
    expect(warnings).toEqual([
      'v1.4.0 of ngui is released already, and v1.4.0-dev sorts before it; write `platform: v1.5.0` instead of v1.4.0 into pipeline.yaml',
    ]);
    expect(totals.build).toBe(4);
  });

  test('the proposal steps over versions that are out, too', async () => {
    for (const version of ['v1.4.0', 'v1.5.0', 'v1.6.0']) release('ngui', version);
    expect((await world.plan(pushOfChange())).warnings).toEqual([expect.stringContaining('`platform: v1.7.0`')]);
  });

  test('a push towards a version that is not out has no warning', async () => {
    release('ngui', 'v1.3.0');
    expect((await world.plan(pushOfChange())).warnings).toBeUndefined();
  });

  test('a push that only keeps images has no warning', async () => {
    world.repository.git('branch', 'develop', 'main');
    const commit = await world.releaseAll('develop');
    for (const name of ['auth', 'etcd', 'ngui', 'restapi']) release(name, 'v1.4.0');
    expect((await world.plan(push(commit))).warnings).toBeUndefined();
  });

  test.each([
    { action: 'build', services: ['ngui'], version: 'v1.4.0-rc-2', ref: 'main' },
    { action: 'release', version: 'v1.4.0-rc-2', ref: 'main' },
  ])('a $action of a development version that is out is refused before anything is built', async (input) => {
    release('ngui', 'v1.4.0');
    await expect(world.plan(input)).rejects.toThrow(
      /version: v1\.4\.0 of ngui is released already, and v1\.4\.0-rc-2 sorts before it; choose v1\.4\.1, v1\.5\.0 or v1\.4\.0-hotfix-1/,
    );
  });

  test('a hotfix of a version that is out is built', async () => {
    release('ngui', 'v1.4.0');
    const input = { action: 'build', services: ['ngui'], version: 'v1.4.0-hotfix-1', ref: 'main' };
    expect((await world.plan(input)).totals.build).toBe(1);
  });
});

describe('of two services, the second one late', () => {
  const plan = (action: Plan['action'], rule: PlannedService['version']): Plan =>
    ({
      action,
      services: [
        { name: 'auth', image: 'auth', version: { kind: 'none' } },
        { name: 'ngui', image: 'web', version: rule },
      ],
    }) as unknown as Plan;
  const development = { kind: 'next', line: 'v1.4.0-dev', after: 0 } as const;
  /** Returns the plan, and the images that the registry was asked about. It has all versions of `ngui` from v1.4.0 to `newest`. */
  async function check(given: Plan, locked: Readonly<Record<string, string>>, newest = 3) {
    const asked: string[] = [];
    const head = async ({ host, repository }: RepositoryName, version: string) => {
      asked.push(`${host}/${repository}:${version}`);
      return Number(version.split('.')[1]) <= newest ? `sha256:${'a'.repeat(64)}` : undefined;
    };
    const lock = new Map(Object.entries(locked).map(([name, version]) => [name, { version } as LockEntry]));
    const catalog = { platformVersion: 'v1.4.0', services: [] as Catalog['services'] } as Catalog;
    return { plan: await checkVersionOrder(given, { catalog, lock, settings, registry: { head } }), asked };
  }

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['its own record', { ngui: 'v1.4.0' }, 'v1.5.0'],
    ['its own record of a hotfix', { ngui: 'v1.4.0-hotfix-2' }, 'v1.5.0'],
    ['a later release of another service', { ngui: 'v1.4.0', auth: 'v2.3.1' }, 'v2.4.0'],
    ['no development version of another service', { ngui: 'v1.4.0', auth: 'v2.3.1-dev-1' }, 'v1.5.0'],
  ])('the proposal follows from %s', async (_, locked, proposed) => {
    const { plan: checked, asked } = await check(plan('push', development), locked);

    expect(checked.warnings).toEqual([expect.stringContaining(`write \`platform: ${proposed}\``)]);
    // The lock tells that the version is out; the registry is asked only about the proposal, under the name of the image.
    expect(asked).toEqual([`registry.example/team/web:${proposed}`]);
  });

  test('the proposal steps over twenty versions that are out, and no more', async () => {
    const { plan: checked, asked } = await check(plan('push', development), {}, 40);

    expect(checked.warnings?.[0]).toContain('`platform: v1.25.0`');
    expect(asked).toHaveLength(1 + 20);
  });

  test.each<[string, Plan, Readonly<Record<string, string>>]>([
    ['a rollback', plan('rollback', { kind: 'exact', version: 'v1.4.0-dev-1' }), { ngui: 'v1.4.0' }],
    ['a service without a new version', plan('release', { kind: 'none' }), { ngui: 'v1.4.0' }],
    ['a final version', plan('release', { kind: 'exact', version: 'v1.4.0' }), { ngui: 'v1.4.0' }],
    ['a record of another version', plan('push', development), { ngui: 'v1.3.0' }],
  ])('%s is never late', async (_, given, locked) => {
    expect((await check(given, locked)).plan).toBe(given);
  });
});
