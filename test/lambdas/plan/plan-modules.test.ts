/** The plan step on a repository with published modules, a package index in memory beside the registry. */

import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import { versionSuffix } from '../../../core/modules/package';
import { planStep } from '../../../lambdas/plan/plan';
import { createMemoryPackages, type MemoryPackages } from '../../support/pipeline/memory-packages';
import { CATALOG } from '../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from './plan-world';

const MODULES = 'modules:\n  lib: { path: tools, publish: { package: shop-lib, minutes: 4 } }\n';

let world: PlanWorld;
let packages: MemoryPackages;
beforeEach(() => {
  world = makePlanWorld();
  packages = createMemoryPackages();
  world.repository.commit('main', { 'pipeline.yaml': CATALOG + MODULES, 'tools/setup.py': '' });
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

const planned = (input: object, publishing: readonly string[] = ['base']) =>
  planStep({ run: 'run-1', input }, { ...world.dependencies, publishing: { packages, stages: publishing } });
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
        contentDigest,
        packages: `memory/packages/${result.run}/lib/`,
        timeoutMinutes: expect.any(Number),
      },
    ]);
    expect(await world.dependencies.store.exists(objectKeys.source(head()))).toBe(true);
  });

  test('keeps a module whose content the index has, until a file of it changes', async () => {
    await planned(push(head()));
    const version = `0.1.0${versionSuffix((await storedPlan()).modules?.[0]?.contentDigest ?? '')}`;
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
    const version = `0.1.0${versionSuffix((await storedPlan()).modules?.[0]?.contentDigest ?? '')}`;
    await publish(version, `shop_lib-${version}.tar.gz`);

    expect((await planned(push(head()))).modules.base).toHaveLength(1);
  });

  test('proceeds without a lookup of images if only a module is published', async () => {
    world.repository.commit('develop', { 'pipeline.yaml': CATALOG });
    await world.releaseAll('develop');
    world.repository.commit('develop', { 'pipeline.yaml': CATALOG + MODULES });
    const result = await planned(push(head()));

    expect(result).toMatchObject({ proceed: true, approvalSeconds: 0, totals: { build: 0, retag: 0, keep: 4 } });
    expect(result.modules.base).toHaveLength(1);
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
        { ...world.dependencies, publishing: { packages: { ...packages, find }, stages: ['base'] } },
      ),
    ).rejects.toThrow('the index is down');
  });
});
