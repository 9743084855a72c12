/** The plan step on a repository with a Go module, whose versions are tags of the same repository. */
import { createLocalTags } from '../../../../adapters/git/local/tags';
import { createGoTags } from '../../../../adapters/packages/go-tags';
import { objectKeys } from '../../../../core/contract/keys';
import type { Plan } from '../../../../core/contract/plan';
import { GO } from '../../../../core/modules/go/go';
import { printModuleLock } from '../../../../core/version/module-lock';
import { planStep } from '../../../../lambdas/plan/plan';
import { createMemoryClaims } from '../../../support/pipeline/memory-state';
import { CATALOG } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from '../plan-world';

const NAME = 'github.com/shop/mono/tools/greet';
const catalog = (name = NAME) =>
  `${CATALOG}modules:\n  greet: { path: tools/greet, publish: { kind: go, package: ${name} } }\n`;
const RELEASE = { action: 'release', ref: 'main', version: 'v1.4.0' };

let world: PlanWorld;
let claims: ReturnType<typeof createMemoryClaims>;
beforeEach(() => {
  world = makePlanWorld();
  claims = createMemoryClaims();
  world.repository.commit('main', { 'pipeline.yaml': catalog(), 'tools/greet/go.mod': `module ${NAME}\n` });
  world.repository.git('branch', 'develop', 'main');
});
afterEach(() => world.remove());

const planned = async (input: object) => {
  const { git, clock } = world.dependencies;
  const tags = createLocalTags(world.repository.path, clock);
  const packages = { go: createGoTags({ git, tags, claims }) };
  const publishing = { packages, claims, stages: ['base'] };
  await planStep({ run: 'run-1', input }, { ...world.dependencies, publishing });
  const body = await world.dependencies.store.get(objectKeys.plan('run-1'));
  const plan = JSON.parse(body?.toString('utf8') ?? 'null') as Plan;
  return { plan, module: plan.modules?.[0] };
};
const head = () => world.repository.git('rev-parse', 'develop');
const releasedAs = (version: string) => {
  const source = world.repository.git('rev-parse', 'main');
  const lock = new Map([['greet', { version, contentDigest: 'a'.repeat(40), source }]]);
  world.repository.commit('main', { 'chart/module-lock.yaml': printModuleLock(lock) });
};

test('a push tests content once, and publishes nothing', async () => {
  const { module } = await planned(push(head()));
  const { version = '', contentDigest = '' } = module ?? {};

  expect(module).toMatchObject({ kind: 'go', path: 'tools/greet', action: 'publish', package: NAME });
  expect(version).toBe(`0.1.0${GO.versionSuffix(contentDigest)}`);
  expect(module?.reasons[0]?.text).toBe(`no run has tested ${NAME} with this content`);

  await claims.claim({ image: GO.claimName(NAME), version, digest: contentDigest, run: 'run-1' });
  const again = (await planned(push(head()))).module;
  expect(again).toMatchObject({ action: 'keep', version });
  expect(again?.reasons[0]?.text).toBe(`${NAME} passed its tests with this content`);
});

test('a release follows the commits from the lock, and steps over tags on other commits', async () => {
  releasedAs('1.2.0');
  world.repository.git('tag', 'tools/greet/v1.3.0', 'main');
  world.repository.commit('main', { 'tools/greet/greet.go': 'package greet\n' }, 'feat: greet');

  const { module } = await planned(RELEASE);

  expect(module).toMatchObject({ action: 'publish', version: '1.3.1' });
  expect(module?.reasons.map(({ text }) => text)).toEqual([
    `no tag of the monorepo is a version of ${NAME} with this content`,
    expect.stringContaining('other content has 1.3.0'),
  ]);
});

test('a tag that is on the planned commit is its version', async () => {
  world.repository.git('tag', 'tools/greet/v0.1.0', 'main');

  expect((await planned(RELEASE)).module).toMatchObject({ action: 'publish', version: '0.1.0' });
});

test('a second major version is refused until the module path has it, and then is the next one', async () => {
  releasedAs('1.2.0');
  world.repository.commit('main', { 'tools/greet/greet.go': 'package greet\n' }, 'feat!: greet');
  const message = expect.stringMatching(
    /^gets 2\.0\.0, since it is a major change after 1\.2\.0.*write .*greet\/v2 in/,
  );
  await expect(planned(RELEASE)).rejects.toMatchObject({ problems: [{ path: 'modules.greet', message }] });

  const files = { 'pipeline.yaml': catalog(`${NAME}/v2`), 'tools/greet/go.mod': `module ${NAME}/v2\n` };
  world.repository.commit('main', files, 'feat: the path');
  expect((await planned(RELEASE)).module).toMatchObject({ version: '2.0.0', package: `${NAME}/v2` });
});

test('what users see otherwise is a warning of the plan', async () => {
  const text = `module ${NAME}\nreplace shop.example/core => ../core\n`;
  world.repository.commit('main', { 'tools/greet/go.mod': text });

  const { plan } = await planned(RELEASE);

  expect(plan.warnings).toEqual([expect.stringMatching(/^module greet: go\.mod replaces shop\.example\/core by/)]);
});
