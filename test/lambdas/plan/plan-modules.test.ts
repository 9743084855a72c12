/** The plan step on a repository with published modules, a package index in memory beside the registry. */

import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import { PYTHON } from '../../../core/modules/python/python';
import type { Claims } from '../../../core/ports/store';
import { printModuleLock } from '../../../core/version/module-lock';
import { planStep } from '../../../lambdas/plan/plan';
import { createMemoryPackages, type MemoryPackages } from '../../support/pipeline/memory-packages';
import { createMemoryClaims } from '../../support/pipeline/memory-state';
import { CATALOG } from '../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from './plan-world';

const MODULES = 'modules:\n  lib: { path: tools, publish: { package: shop-lib, minutes: 4 } }\n';

let world: PlanWorld;
let packages: MemoryPackages;
let claims: Claims;
beforeEach(() => {
  world = makePlanWorld();
  packages = createMemoryPackages();
  claims = createMemoryClaims();
  world.repository.commit('main', { 'pipeline.yaml': CATALOG + MODULES, 'tools/setup.py': '' });
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

const planned = (input: object, publishing: readonly string[] = ['base']) =>
  planStep(
    { run: 'run-1', input },
    { ...world.dependencies, publishing: { packages: { python: packages }, claims, stages: publishing } },
  );
const storedPlan = async (): Promise<Plan> =>
  JSON.parse((await world.dependencies.store.get(objectKeys.plan('run-1')))?.toString('utf8') ?? 'null');
const head = () => world.repository.git('rev-parse', 'develop');

async function publish(version: string, ...files: readonly string[]): Promise<void> {
  for (const name of files) await packages.add('shop-lib', version, { name, bytes: Buffer.from('x') });
}

describe('the plan step with published modules', () => {
  test('gives the stage a job for a module that the index does not have, and its source', async () => {
    const result = await planned(push(head()));

    const { modules = [] } = await storedPlan();
    const contentDigest = modules[0]?.contentDigest ?? '';
    expect(modules).toMatchObject([{ name: 'lib', action: 'publish', package: 'shop-lib', stage: 'base', minutes: 4 }]);
    expect(result.modules.base).toEqual([
      {
        service: 'module/lib',
        module: 'lib',
        kind: 'python',
        contentDigest,
        version: `0.1.0${PYTHON.versionSuffix(contentDigest)}`,
        packages: `memory/packages/${result.run}/lib/`,
        timeoutMinutes: expect.any(Number),
      },
    ]);
    expect(await world.dependencies.store.exists(objectKeys.source(head()))).toBe(true);
  });

  test('keeps a module whose content the index has, until a file of it changes', async () => {
    await planned(push(head()));
    const version = `0.1.0${PYTHON.versionSuffix((await storedPlan()).modules?.[0]?.contentDigest ?? '')}`;
    await publish(version, `shop_lib-${version}.tar.gz`, `shop_lib-${version}-py3-none-any.whl`);

    expect((await planned(push(head()))).modules).toEqual({ base: [] });
    expect((await storedPlan()).modules).toMatchObject([{ action: 'keep', version }]);

    world.repository.commit('develop', { 'README.md': 'no part of it' });
    expect((await planned(push(head()))).modules.base).toEqual([]);

    world.repository.commit('develop', { 'tools/setup.py': 'changed' });
    expect((await planned(push(head()))).modules.base).toHaveLength(1);
  });

  test('publishes a partly published module again', async () => {
    await planned(push(head()));
    const version = `0.1.0${PYTHON.versionSuffix((await storedPlan()).modules?.[0]?.contentDigest ?? '')}`;
    await publish(version, `shop_lib-${version}.tar.gz`);

    expect((await planned(push(head()))).modules.base).toHaveLength(1);
  });

  test('proceeds without a lookup of images if only a module is published, and not once it is', async () => {
    world.repository.commit('develop', { 'pipeline.yaml': CATALOG });
    await world.releaseAll('develop');
    world.repository.commit('develop', { 'pipeline.yaml': CATALOG + MODULES });
    const result = await planned(push(head()));

    expect(result).toMatchObject({ proceed: true, approvalSeconds: 0, totals: { build: 0, retag: 0, keep: 4 } });
    expect(result.modules.base).toHaveLength(1);

    const version = (await storedPlan()).modules?.[0]?.version ?? '';
    await publish(version, `shop_lib-${version}.tar.gz`, `shop_lib-${version}-py3-none-any.whl`);
    expect(await planned(push(head()))).toMatchObject({ proceed: false, modules: { base: [] } });
  });

  test('plans modules on a dry run, and starts no job', async () => {
    const result = await planned({ ...push(head()), dryRun: true });

    expect((await storedPlan()).modules).toMatchObject([{ action: 'publish' }]);
    expect(result).toMatchObject({ proceed: false, modules: { base: [] } });
  });

  test('refuses a stage in which the deployed state machine publishes nothing', async () => {
    await expect(planned(push(head()), ['apps'])).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(
        "modules.lib.publish: the deployed state machine publishes no modules in the stage 'base'; deploy the app with this catalog first",
      ),
    });
  });

  test('fails if the index does not answer, because a module cannot count as published', async () => {
    const find = async () => {
      throw new Error('the index is down');
    };

    await expect(
      planStep(
        { run: 'run-1', input: push(head()) },
        {
          ...world.dependencies,
          publishing: { packages: { python: { ...packages, find } }, claims, stages: ['base'] },
        },
      ),
    ).rejects.toThrow('the index is down');
  });
});

describe('the versions of modules', () => {
  const RELEASE = { action: 'release', ref: 'main', version: 'v1.4.0' };
  const mainHead = () => world.repository.git('rev-parse', 'main');
  const pushed = () => {
    world.repository.git('branch', '--force', 'develop', 'main');
    return push(head());
  };
  const lib = async (input: object) => {
    await planned(input);
    const [module] = (await storedPlan()).modules ?? [];
    return { version: module?.version, action: module?.action, why: module?.reasons.at(-1)?.text };
  };
  /** Makes a commit of the module's files; gives the head. */
  const change = (text: string, message: string) => {
    world.repository.commit('main', { 'tools/setup.py': text }, message);
    return mainHead();
  };
  /** Does what publish and commit steps do after the last plan, and commits the module lock. */
  async function release(): Promise<void> {
    const [module] = (await storedPlan()).modules ?? [];
    if (module === undefined) throw new Error('nothing was planned');
    const { version, contentDigest } = module;
    await claims.claim({ image: PYTHON.claimName('shop-lib'), version, digest: contentDigest, run: 'run-1' });
    await publish(version, `shop_lib-${version}.tar.gz`, `shop_lib-${version}-py3-none-any.whl`);
    const lock = new Map([['lib', { version, contentDigest, source: mainHead() }]]);
    world.repository.commit('main', { 'chart/module-lock.yaml': printModuleLock(lock) });
  }

  test('move by the commits that changed the module, and stand still while its content does', async () => {
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0', action: 'publish' });
    await release();
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0', action: 'keep' });

    world.repository.commit('main', { 'README.md': 'x' }, 'feat!: not in the module');
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0', action: 'keep' });

    change('a', 'fix: a');
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.1', action: 'publish' });
    const feature = change('b', 'feat: b');
    expect(await lib(RELEASE)).toEqual({
      version: '0.2.0',
      action: 'publish',
      why: `gets 0.2.0, since it is a minor change after 0.1.0, as commit ${feature.slice(0, 8)} says`,
    });
    await release();
    change('c', 'refactor: c\n\nBREAKING CHANGE: d');
    expect(await lib(RELEASE)).toMatchObject({ version: '1.0.0', action: 'publish' });
  });

  test('move by hand, if the build file declares a higher one', async () => {
    change("setup(version='1.2.0')", 'feat: x');
    expect(await lib(RELEASE)).toMatchObject({ version: '1.2.0' });
    await release();
    change("setup(version='1.2.0') # x", 'fix: y');
    expect(await lib(RELEASE)).toMatchObject({ version: '1.2.1' });
    change("setup(version='2.0.0rc1')", 'fix: z');
    expect(await lib(RELEASE)).toMatchObject({ version: '2.0.0rc1' });
  });

  test('of a push are development versions of the next one, and released content is kept', async () => {
    await lib(RELEASE);
    await release();
    expect(await lib(pushed())).toMatchObject({ version: '0.1.0', action: 'keep' });

    change('a', 'feat: a');
    expect((await lib(pushed())).version).toMatch(/^0\.2\.0\.dev\d+$/);
    expect(await lib(pushed())).toEqual(await lib(pushed()));
  });

  test('are never those of other content: a claimed version and one that was put by hand are stepped over', async () => {
    await claims.claim({ image: PYTHON.claimName('shop-lib'), version: '0.1.0', digest: 'f'.repeat(40), run: 'run-0' });
    await publish('0.1.1', 'shop_lib-0.1.1.tar.gz');

    expect(await lib(RELEASE)).toMatchObject({
      version: '0.1.2',
      action: 'publish',
      why: 'gets 0.1.2, since it has no version yet; other content has 0.1.0',
    });
  });

  test('are the same if a run broke off after it had published, whatever is missing in git', async () => {
    await lib(RELEASE);
    const [{ version, contentDigest } = { version: '', contentDigest: '' }] = (await storedPlan()).modules ?? [];
    await claims.claim({ image: PYTHON.claimName('shop-lib'), version, digest: contentDigest, run: 'run-1' });
    await publish(version, `shop_lib-${version}.tar.gz`);
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0', action: 'publish' });

    await publish(version, `shop_lib-${version}-py3-none-any.whl`);
    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0', action: 'keep' });
  });

  test('count a commit that changed the module and other folders, too', async () => {
    await lib(RELEASE);
    await release();
    world.repository.commit('main', { 'tools/setup.py': 'a', 'README.md': 'a' }, 'feat: both');

    expect(await lib(RELEASE)).toMatchObject({ version: '0.2.0' });
  });

  test('of a push tell what they follow from', async () => {
    const { version, action, why } = await lib(pushed());

    expect([action, why]).toEqual(['publish', `gets ${version}, since it has no version yet`]);
  });

  test('are looked for a hundred times, and then refused with the build file as the way out', async () => {
    for (let patch = 0; patch < 100; patch += 1) {
      await claims.claim({
        image: PYTHON.claimName('shop-lib'),
        version: `0.1.${patch}`,
        digest: 'f'.repeat(40),
        run: 'run-0',
      });
    }

    await expect(planned(RELEASE)).rejects.toMatchObject({
      message: expect.stringContaining('the modules cannot be planned'),
      problems: [
        {
          path: 'modules.lib',
          message: 'the 100 versions from 0.1.0 are taken by other content; declare a higher version in its build file',
        },
      ],
    });
  });

  test('do not read a build file behind a link', async () => {
    world.repository.commit('main', { 'tools/setup.py': { mode: '120000', content: "setup(version='3.0.0')" } });

    expect(await lib(RELEASE)).toMatchObject({ version: '0.1.0' });
  });

  test.each([
    [999, '0.1.1', 'a patch change after 0.1.0'],
    [1000, '1.0.0', 'a major change after 0.1.0: the commits after'],
  ])('follow from %i commits: %s', async (count, version, why) => {
    await lib(RELEASE);
    await release();
    const commit = change('a', 'fix: a');
    const commits = Array.from({ length: count }, () => ({ commit, message: 'fix: a', paths: ['tools/setup.py'] }));
    Object.assign(world.dependencies, { tags: { commits: async () => commits } });

    expect(await lib(RELEASE)).toMatchObject({ version, why: expect.stringContaining(why) });
  });

  test('are major ones if the history since the last version is gone', async () => {
    const lock = { version: '1.4.0', contentDigest: 'd'.repeat(40), source: 'e'.repeat(40) };
    world.repository.commit('main', { 'chart/module-lock.yaml': printModuleLock(new Map([['lib', lock]])) });

    expect(await lib(RELEASE)).toMatchObject({
      version: '2.0.0',
      why: 'gets 2.0.0, since it is a major change after 1.4.0: the commits after eeeeeeee cannot be read',
    });
  });

  test('that cannot be read are refused before anything is built', async () => {
    change('setup(version=compute())', 'fix: x');

    await expect(planned(RELEASE)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('modules.lib: setup.py computes the version'),
    });
  });
});
