/** Plans whose values files and version locks are in a repository of their own. */
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { objectKeys } from '../../../../core/contract/keys';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { parseVersionLock, printVersionLock } from '../../../../core/version/version-lock';
import { planStep } from '../../../../lambdas/plan/plan';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { VALUES } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from '../plan-world';

const LOCK = 'chart/version-lock.yaml';
const HOST = 'registry.example';

let world: PlanWorld;
let deployments: TestRepository;
/** The calls of the git host of the values repository, with the paths that it may read ahead. */
let resolved: unknown[][];

beforeEach(() => {
  world = makePlanWorld();
  deployments = createRepository();
  resolved = [];
  const host = createLocalGitHost(deployments.path);
  const valuesGit: typeof host = {
    ...host,
    resolve: (...args) => {
      resolved.push(args);
      return host.resolve(...args);
    },
  };
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    valuesRepository: { git: { host: 'gitlab', repository: 'team/deployments' }, branch: 'live' },
    releases: { host: HOST, namespace: 'team' },
    candidates: { host: HOST, repository: 'candidates' },
    environments: [{ name: 'production', values: 'chart/values.yaml' }],
    branches: [
      { branch: 'develop', allow: ['push'], version: '{version}-dev', environment: 'production' },
      { branch: 'main', allow: ['release', 'rollback', 'promote'], environment: 'production' },
    ],
  });
  Object.assign(world.dependencies, { settings, valuesGit });
});

afterEach(() => {
  world.remove();
  deployments.remove();
});

const head = (repository: TestRepository, branch: string) => repository.git('rev-parse', branch);

/** Commits the images of all services as released v1.3.0 to the values repository. */
async function released(): Promise<string> {
  deployments.commit('live', { 'chart/values.yaml': VALUES });
  await world.releaseAll('main');
  const lock = world.repository.git('show', `main:${LOCK}`);
  world.repository.commit('main', { 'chart/values.yaml': null, [LOCK]: null });
  for (const [name, { inputDigest, digest }] of parseVersionLock(lock, LOCK)) {
    const image = { host: HOST, repository: `team/${name}` };
    expect(world.registry.seed(image, 'v1.3.0', name + inputDigest).digest).toBe(digest);
  }
  return deployments.commit('live', { [LOCK]: lock });
}

describe('a run from source', () => {
  test('reads catalog and Dockerfiles in the monorepo, and values files and version lock in the other', async () => {
    const valuesCommit = await released();
    const changed = world.repository.commit('main', { 'auth/main.py': 'print(9)\n' });

    const plan = await world.plan(push(changed));

    expect(plan).toMatchObject({ commit: changed, valuesCommit, totals: { build: 1, retag: 0, keep: 3 } });
    expect(resolved.at(-1)).toEqual(['refs/heads/live', ['chart/values.yaml', LOCK]]);
  });

  test('stays at both commits when it is redriven', async () => {
    const valuesCommit = await released();
    const { commit } = await world.plan({ action: 'release', version: 'v1.4.0', ref: 'main' });
    world.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
    deployments.commit('live', { 'chart/values.yaml': `${VALUES}# later\n` });

    const input = { action: 'release', version: 'v1.4.0', ref: 'main' };
    await planStep({ run: 'run-1', redrives: 1, input }, world.dependencies);

    const stored = await world.dependencies.store.get(objectKeys.plan('run-1'));
    expect(JSON.parse(String(stored))).toMatchObject({ commit, valuesCommit });
  });

  test('is refused if the values repository lacks the values file, though the monorepo has one', async () => {
    const commit = deployments.commit('live', { 'README.md': '' });

    await expect(world.plan(push(head(world.repository, 'main')))).rejects.toMatchObject({
      message: expect.stringMatching(/^the commit cannot be planned/),
      problems: [
        {
          path: 'chart/values.yaml',
          message: `is not in commit ${commit.slice(0, 8)} of the values repository; add it, or name another file in the settings`,
        },
      ],
    });
  });

  test('is refused if the monorepo lacks the catalog, though the values repository has one', async () => {
    deployments.commit('live', { 'chart/values.yaml': VALUES, 'pipeline.yaml': 'platform: v1.0.0\n' });
    const commit = world.repository.commit('main', { 'pipeline.yaml': null });

    await expect(world.plan({ action: 'release', version: 'v1.4.0', ref: 'main' })).rejects.toMatchObject({
      problems: [
        expect.objectContaining({
          path: 'pipeline.yaml',
          message: expect.stringContaining(`is not in commit ${commit.slice(0, 8)}; add it`),
        }),
      ],
    });
  });
});

describe('a values repository', () => {
  test('without the branch is told by its setting', async () => {
    await expect(world.plan(push(head(world.repository, 'main')))).rejects.toMatchObject({
      message: expect.stringMatching(/^the values repository cannot be read/),
      problems: [
        {
          path: 'valuesRepository.branch',
          message: 'is live, which the values repository does not have; push that branch there, or correct the setting',
        },
      ],
    });
  });

  test('that is a folder without a repository is told as that', async () => {
    const valuesGit = createLocalGitHost('/nowhere/values.git');
    Object.assign(world.dependencies, { valuesGit });

    await expect(world.plan(push(head(world.repository, 'main')))).rejects.toMatchObject({
      problems: [{ path: '/nowhere/values.git', message: expect.any(String) }],
    });
  });

  test('that cannot be reached is told by its own error', async () => {
    const valuesGit = { ...world.dependencies.valuesGit, resolve: () => Promise.reject(new Error('no route')) };
    Object.assign(world.dependencies, { valuesGit });

    await expect(world.plan(push(head(world.repository, 'main')))).rejects.toThrow('no route');
  });
});

describe('a run from records', () => {
  const ROLLBACK = { action: 'rollback', version: 'v1.3.0', ref: 'main' };

  test('finds them in the history of the values repository', async () => {
    await released();
    const lock = parseVersionLock(deployments.git('show', `live:${LOCK}`), LOCK);
    const later = [...lock].map(([name, entry]) => [name, { ...entry, version: 'v1.4.0' }] as const);
    const valuesCommit = deployments.commit('live', { [LOCK]: printVersionLock(new Map(later)) });

    expect(await world.plan(ROLLBACK)).toMatchObject({
      commit: head(world.repository, 'main'),
      valuesCommit,
      totals: { build: 0, retag: 4, keep: 0 },
    });
  });

  test('is refused with the repository that lacks a file', async () => {
    const values = deployments.commit('live', { 'README.md': '' });
    await expect(world.plan(ROLLBACK)).rejects.toMatchObject({
      problems: [
        { path: 'chart/values.yaml', message: `is not in commit ${values.slice(0, 8)} of the values repository` },
      ],
    });
    deployments.commit('live', { 'chart/values.yaml': VALUES, 'pipeline.yaml': 'platform: v1.0.0\n' });
    const source = world.repository.commit('main', { 'pipeline.yaml': null });
    await expect(world.plan(ROLLBACK)).rejects.toMatchObject({
      problems: [{ path: 'pipeline.yaml', message: `is not in commit ${source.slice(0, 8)} of branch main` }],
    });
  });
});
