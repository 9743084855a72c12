/** The publish step on Go modules, with the tags of a real repository. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { createLocalTags } from '../../../adapters/git/local/tags';
import { createGoTags } from '../../../adapters/packages/go-tags';
import { objectKeys } from '../../../core/contract/keys';
import type { PlannedModule } from '../../../core/contract/plan';
import { publishStep } from '../../../lambdas/publish/publish';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';

const NAME = 'github.com/shop/mono/tools/greet';
const CONTENT = 'd'.repeat(40);
const CLAIM = { image: `go-module/${NAME}`, version: '1.3.0' };

let repository: TestRepository;
let commit: string;
let store: ReturnType<typeof createMemoryStore>;
let claims: ReturnType<typeof createMemoryClaims>;
beforeEach(async () => {
  repository = createRepository();
  commit = repository.commit('main', { 'tools/greet/go.mod': `module ${NAME}\n` });
  store = createMemoryStore();
  claims = createMemoryClaims();
  await plan('1.3.0');
});
afterEach(() => repository.remove());

/** Stores a plan, and what its build leaves. */
async function plan(version: string): Promise<void> {
  const module: PlannedModule = {
    name: 'greet',
    action: 'publish',
    contentDigest: CONTENT,
    kind: 'go',
    path: 'tools/greet',
    package: NAME,
    version,
    stage: 'tools',
    minutes: 5,
    reasons: [],
  };
  await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', commit, modules: [module] }));
  await store.put('packages/run-1/greet/mod', `module ${NAME}\n`);
  await store.put('packages/run-1/greet/package.json', JSON.stringify({ version, mod: `v${version}.mod` }));
}

function publish() {
  const git = createLocalGitHost(repository.path);
  const tags = createLocalTags(repository.path, { now: () => 0 });
  const packages = { go: createGoTags({ git, tags, claims }) };
  return publishStep({ run: 'run-1', module: 'greet', contentDigest: CONTENT }, { store, packages, claims });
}
const tags = () => repository.git('for-each-ref', '--format=%(refname:strip=2) %(*objectname)', 'refs/tags');

test('a release tags the planned commit after it has claimed the version, and the second time does nothing', async () => {
  expect(await publish()).toEqual({ package: NAME, version: '1.3.0' });
  await store.put('packages/run-1/greet/package.json', 'not JSON');

  expect(await publish()).toEqual({ package: NAME, version: '1.3.0' });
  expect(tags()).toBe(`tools/greet/v1.3.0 ${commit}`);
  expect(await claims.find(CLAIM.image, '1.3.0')).toMatchObject({ digest: CONTENT, run: 'run-1' });
});

test('a run that was stopped between claim and tag goes on where it was', async () => {
  await claims.claim({ ...CLAIM, digest: CONTENT, run: 'run-0' });

  expect(await publish()).toMatchObject({ version: '1.3.0' });
  expect(tags()).toBe(`tools/greet/v1.3.0 ${commit}`);
});

test('a version of other content makes no tag', async () => {
  await claims.claim({ ...CLAIM, digest: 'b'.repeat(40), run: 'run-0' });

  await expect(publish()).rejects.toThrow('run run-0 has given 1.3.0 to other content');
  expect(tags()).toBe('');
});

test('a tag that a person put on another commit since the plan is refused, and claims nothing', async () => {
  const other = repository.commit('other', { 'tools/greet/go.mod': 'other\n' });
  repository.git('tag', 'tools/greet/v1.3.0', other);

  await expect(publish()).rejects.toThrow('the index has 1.3.0, which no run has claimed');
  expect(repository.git('rev-parse', 'tools/greet/v1.3.0')).toBe(other);
  expect(claims.claims.size).toBe(0);
});

test('a build whose tests did not end well left nothing, so that there is no tag', async () => {
  await store.put('packages/run-1/greet/package.json', JSON.stringify({ version: '1.2.0', mod: 'v1.2.0.mod' }));

  await expect(publish()).rejects.toThrow('must leave v1.3.0.mod alone');
  expect(tags()).toBe('');
});

test('a development run makes no tag', async () => {
  await plan('1.3.0-dev.7');

  expect(await publish()).toEqual({ package: NAME, version: '1.3.0-dev.7' });
  expect(tags()).toBe('');
});
