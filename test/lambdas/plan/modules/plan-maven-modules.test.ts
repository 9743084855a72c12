/** The plan step on a repository with a Maven package, by the same rules as for Python. */
import { objectKeys } from '../../../../core/contract/keys';
import type { Plan } from '../../../../core/contract/plan';
import { MAVEN } from '../../../../core/modules/maven/maven';
import { printModuleLock } from '../../../../core/version/module-lock';
import { planStep } from '../../../../lambdas/plan/plan';
import { createMemoryPackages, type MemoryPackages } from '../../../support/pipeline/memory-packages';
import { createMemoryClaims } from '../../../support/pipeline/memory-state';
import { CATALOG } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from '../plan-world';

const NAME = 'com.shop:lib';
const MODULES = `modules:\n  lib: { path: packages/lib, publish: { kind: maven, package: '${NAME}' } }\n`;
const POM = 'packages/lib/pom.xml';
const project = (inside: string) =>
  `<project><groupId>com.shop</groupId><artifactId>lib</artifactId>${inside}</project>`;

let world: PlanWorld;
let maven: MemoryPackages;
beforeEach(() => {
  world = makePlanWorld();
  maven = createMemoryPackages('maven');
  const files = { 'pipeline.yaml': CATALOG + MODULES, [POM]: project('<version>1.4.0</version>') };
  world.repository.commit('main', files);
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

const planned = async (input: object, packages: object = { maven }) => {
  const result = await planStep(
    { run: 'run-1', input },
    { ...world.dependencies, publishing: { packages, claims: createMemoryClaims(), stages: ['base'] } },
  );
  const body = await world.dependencies.store.get(objectKeys.plan('run-1'));
  return { result, module: (JSON.parse(body?.toString('utf8') ?? 'null') as Plan).modules?.[0] };
};
const pushed = () => planned(push(world.repository.git('rev-parse', 'develop')));
const RELEASE = { action: 'release', ref: 'main', version: 'v1.4.0' };
const add = async (version: string, ...parts: readonly string[]) => {
  for (const part of parts) {
    await maven.add(NAME, version, { name: `lib-${version}.${part}`, bytes: Buffer.from('x') });
  }
};

test('a push plans a development version of the declared one, and a job of its kind', async () => {
  const { result, module } = await pushed();
  const version = `1.4.0${MAVEN.versionSuffix(module?.contentDigest ?? '')}`;

  expect(module).toMatchObject({ kind: 'maven', action: 'publish', package: NAME, version });
  expect(result.modules.base).toMatchObject([{ module: 'lib', kind: 'maven', version }]);
});

test('content that the index has whole is kept, and without its POM is built again', async () => {
  const { module } = await pushed();
  const version = module?.version ?? '';
  await add(version, 'jar');
  expect((await pushed()).module).toMatchObject({ action: 'publish', version });

  await add(version, 'pom');
  expect((await pushed()).module).toMatchObject({ action: 'keep', version });
});

test('a release takes the declared version, then follows the commits, and steps over versions that were put by hand', async () => {
  expect((await planned(RELEASE)).module).toMatchObject({ version: '1.4.0' });

  const source = world.repository.git('rev-parse', 'main');
  const lock = new Map([['lib', { version: '2.0.0-rc.1', contentDigest: 'a'.repeat(40), source }]]);
  world.repository.commit('main', { 'chart/module-lock.yaml': printModuleLock(lock) });
  await add('2.0.0-rc.2', 'jar', 'pom');
  world.repository.commit('main', { 'packages/lib/src/main/java/A.java': '' }, 'feat!: another');

  expect((await planned(RELEASE)).module).toMatchObject({ version: '2.0.0-rc.3' });
});

test('a POM that cannot be published is refused before anything is built, with its module', async () => {
  const bad = project('<version>1.0.0-SNAPSHOT</version><packaging>war</packaging>');
  world.repository.commit('main', { [POM]: bad });

  await expect(planned(RELEASE)).rejects.toMatchObject({
    name: 'InvalidInput',
    problems: [{ path: 'modules.lib', message: expect.stringMatching(/packaging 'war'.*version '1.0.0-SNAPSHOT'/) }],
  });
});

test('a kind that was not deployed is refused with what to do', async () => {
  await expect(planned(RELEASE, { python: createMemoryPackages() })).rejects.toThrow(
    'the deployed app publishes no packages of the kind maven; deploy it with this catalog first',
  );
});
