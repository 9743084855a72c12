/** The plan step on a repository with an npm package, by the same rules as for Python. */
import { objectKeys } from '../../../../core/contract/keys';
import type { Plan } from '../../../../core/contract/plan';
import { NPM } from '../../../../core/modules/npm/npm';
import type { Claims } from '../../../../core/ports/store';
import { printModuleLock } from '../../../../core/version/module-lock';
import { planStep } from '../../../../lambdas/plan/plan';
import { createMemoryPackages, type MemoryPackages } from '../../../support/pipeline/memory-packages';
import { createMemoryClaims } from '../../../support/pipeline/memory-state';
import { CATALOG } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from '../plan-world';

const MODULES = "modules:\n  lib: { path: packages/lib, publish: { kind: npm, package: '@shop/lib' } }\n";
const manifest = (fields: object) => JSON.stringify({ name: '@shop/lib', ...fields });

let world: PlanWorld;
let npm: MemoryPackages;
let claims: Claims;
beforeEach(() => {
  world = makePlanWorld();
  npm = createMemoryPackages('npm');
  claims = createMemoryClaims();
  world.repository.commit('main', {
    'pipeline.yaml': CATALOG + MODULES,
    'packages/lib/package.json': manifest({ version: '1.4.0' }),
  });
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

const planned = async (input: object, packages: object = { npm }) => {
  const result = await planStep(
    { run: 'run-1', input },
    { ...world.dependencies, publishing: { packages, claims, stages: ['base'] } },
  );
  const body = await world.dependencies.store.get(objectKeys.plan('run-1'));
  return { result, module: (JSON.parse(body?.toString('utf8') ?? 'null') as Plan).modules?.[0] };
};
const head = () => world.repository.git('rev-parse', 'develop');
const RELEASE = { action: 'release', ref: 'main', version: 'v1.4.0' };

test('a push plans a development version of the declared one, and a job of its kind', async () => {
  const { result, module } = await planned(push(head()));
  const version = `1.4.0${NPM.versionSuffix(module?.contentDigest ?? '')}`;

  expect(module).toMatchObject({ kind: 'npm', action: 'publish', package: '@shop/lib', version });
  expect(result.modules.base).toMatchObject([{ module: 'lib', kind: 'npm', version }]);
});

test('content that the index has as a development version is kept', async () => {
  const { module } = await planned(push(head()));
  await npm.add('@shop/lib', module?.version ?? '', { name: 'shop-lib.tgz', bytes: Buffer.from('x') });

  expect((await planned(push(head()))).module).toMatchObject({ action: 'keep', version: module?.version });
});

test('a release takes the declared version, then follows the commits, and steps over versions that were put by hand', async () => {
  expect((await planned(RELEASE)).module).toMatchObject({ version: '1.4.0' });

  const source = world.repository.git('rev-parse', 'main');
  const lock = new Map([['lib', { version: '2.0.0-rc.1', contentDigest: 'a'.repeat(40), source }]]);
  const lockFile = { 'chart/module-lock.yaml': printModuleLock(lock) };
  world.repository.commit('main', lockFile);
  await npm.add('@shop/lib', '2.0.0-rc.2', { name: 'hand.tgz', bytes: Buffer.from('x') });
  world.repository.commit('main', { 'packages/lib/index.js': '' }, 'feat!: another');

  expect((await planned(RELEASE)).module).toMatchObject({ version: '2.0.0-rc.3' });
});

test('a package that could not be installed is refused before anything is built, with its module', async () => {
  world.repository.commit('main', { 'packages/lib/package.json': manifest({ private: true, version: '1' }) });

  await expect(planned(RELEASE)).rejects.toMatchObject({
    name: 'InvalidInput',
    problems: [{ path: 'modules.lib', message: expect.stringMatching(/"private": true.*has the version '1'/) }],
  });
});

test('a kind that was not deployed is refused with what to do', async () => {
  await expect(planned(RELEASE, { python: createMemoryPackages() })).rejects.toThrow(
    'the deployed app publishes no packages of the kind npm; deploy it with this catalog first',
  );
});
