import { createLocalGitHost } from '../../../adapters/git/local-git-host';
import type { Plan } from '../../../core/contract';
import { contentTag, objectKeys } from '../../../core/keys';
import type { GitHost } from '../../../core/ports';
import { parseSettings } from '../../../core/settings';
import { printVersionLock } from '../../../core/version/version-lock';
import { type PlanDependencies, planStep } from '../../../lambdas/plan/plan';
import { createRepository, type TestRepository } from '../../support/git-repository';
import { createMemoryRegistry, type MemoryRegistry } from '../../support/memory-registry';
import { createMemoryStore } from '../../support/memory-state';
import { FILES } from '../../support/small-pipeline';

const HOST = 'registry.example';
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'chart/values.yaml',
  releases: { host: HOST, namespace: 'team' },
  candidates: { host: HOST, repository: 'candidates' },
});
const NAMES = ['auth', 'etcd', 'ngui', 'restapi'];

let repository: TestRepository;
let registry: MemoryRegistry;
let calls: string[];
let now: number;
let dependencies: PlanDependencies;

beforeEach(() => {
  repository = createRepository();
  repository.commit('main', FILES);
  registry = createMemoryRegistry();
  calls = [];
  now = Date.parse('2026-11-23T12:00:00Z');
  const git = createLocalGitHost(repository.path);
  const counted = Object.fromEntries(
    Object.entries(git).map(([name, method]) => [
      name,
      (...args: never[]) => {
        calls.push(name);
        return (method as (...given: never[]) => unknown)(...args);
      },
    ]),
  ) as unknown as GitHost;
  dependencies = {
    settings,
    stages: ['base', 'apps'],
    git: counted,
    registry,
    store: createMemoryStore(),
    clock: { now: () => now },
  };
});

afterEach(() => repository.remove());

async function plan(input: object, run = 'run-1'): Promise<Plan> {
  await planStep({ run, input }, dependencies);
  return JSON.parse((await dependencies.store.get(objectKeys.plan(run)))?.toString('utf8') ?? 'null');
}

function push(commit: string): object {
  return { action: 'push', ref: 'refs/heads/develop', commit };
}

/** Records the state of a branch as released v1.3.0, as the commit step would, and returns the new head. */
async function releaseAll(branch: string): Promise<string> {
  const commit = repository.git('rev-parse', branch);
  const { services } = await plan(push(commit), 'release');
  const lock = services.map(({ name, inputDigest }) => {
    const { digest } = registry.seed(
      { host: HOST, repository: `team/${name}` },
      contentTag(inputDigest),
      name + inputDigest,
    );
    return [name, { version: 'v1.3.0', digest, inputDigest, source: commit }] as const;
  });
  return repository.commit(branch, { 'chart/version-lock.yaml': printVersionLock(new Map(lock)) });
}

function actions({ services }: Plan): Record<string, string> {
  return Object.fromEntries(services.map(({ name, action }) => [name, action]));
}

describe('the plan step', () => {
  test('plans nothing for a push that changes no input', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'README.md': 'hello' });

    const result = await planStep({ run: 'run-1', input: push(commit) }, dependencies);

    expect(result).toMatchObject({ proceed: false, totals: { build: 0, retag: 0, keep: 4 } });
    expect(result.stages).toEqual({ base: [], apps: [] });
  });

  test('builds exactly those that read a changed file, and says which file by which rule', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'tools/shared.py': 'shared = 2\n' });

    const made = await plan(push(commit));

    expect(actions(made)).toEqual({ auth: 'build', etcd: 'keep', ngui: 'keep', restapi: 'build' });
    const auth = made.services.find(({ name }) => name === 'auth');
    expect(auth?.reasons).toEqual([
      { kind: 'input-changed', path: 'tools/shared.py', text: expect.stringMatching(/changed.*COPY tools/) },
    ]);
  });

  test('retags after a revert, because the content was released before', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    repository.commit('develop', { 'ngui/index.html': 'new' });
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'ngui/index.html': FILES['ngui/index.html'] ?? '' });

    expect(actions(await plan(push(commit)))).toEqual({ auth: 'keep', etcd: 'keep', ngui: 'retag', restapi: 'keep' });
  });

  test('is not misled by a forced push to an unrelated history with equal content', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const lock = repository.git('show', 'develop:chart/version-lock.yaml');
    const commit = repository.commit('elsewhere', { ...FILES, 'chart/version-lock.yaml': `${lock}\n` });
    repository.reset('develop', commit);

    expect(actions(await plan(push(commit)))).toEqual({ auth: 'keep', etcd: 'keep', ngui: 'keep', restapi: 'keep' });
  });

  test('asks the git host four times at the most', async () => {
    await plan({ action: 'release', version: 'v1.4.0', ref: 'main', dryRun: true });

    expect(calls).toEqual(['resolve', 'tree', 'blobs', 'blobs']);
  });

  test('of a dry run stores the plan and nothing for jobs', async () => {
    const result = await planStep(
      { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main', dryRun: true } },
      dependencies,
    );

    expect(result).toMatchObject({ proceed: false, dryRun: true, totals: { build: 4 } });
    expect(await dependencies.store.exists(objectKeys.source(result.commit))).toBe(false);
    expect(calls).not.toContain('archive');
  });

  test('gives jobs by stage, and one archive of the commit', async () => {
    const result = await planStep(
      { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } },
      dependencies,
    );

    expect(
      Object.values(result.stages)
        .flat()
        .map(({ service }) => service)
        .sort(),
    ).toEqual(NAMES);
    expect(result.stages.base?.map(({ service }) => service)).toEqual(['etcd']);
    expect(await dependencies.store.exists(objectKeys.source(result.commit))).toBe(true);
    expect(calls.filter((name) => name === 'archive')).toHaveLength(1);
  });

  test('refuses a catalog whose stages are not deployed, and says how to go on', async () => {
    await expect(
      planStep(
        { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } },
        { ...dependencies, stages: ['base'] },
      ),
    ).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(/stages\.apps: .*deploy the app with this catalog/),
    });
  });

  test.each([
    ['no catalog', { 'pipeline.yaml': null }, /pipeline\.yaml: is not in commit/],
    ['no values file', { 'chart/values.yaml': null }, /chart\/values\.yaml: is not in commit/],
    [
      'a catalog behind a link',
      { 'pipeline.yaml': { mode: '120000', content: 'other.yaml' } as const },
      /symbolic link/,
    ],
    ['a values file in a submodule', { 'chart/values.yaml': { submodule: 'a'.repeat(40) } }, /submodule/],
  ])('refuses a commit with %s', async (_, change, message) => {
    repository.commit('main', change);

    await expect(
      planStep({ run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } }, dependencies),
    ).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
    expect(await dependencies.store.exists(objectKeys.plan('run-1'))).toBe(false);
  });
});
