/** The commit step if the values files have a repository of their own: what it reads where, and what a forced push takes back. */
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { objectKeys } from '../../../../core/contract/keys';
import type { CommitResult, ReleaseRecord } from '../../../../core/contract/release';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { commitStep } from '../../../../lambdas/commit/commit';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { createMemoryStore, createStillClock } from '../../../support/pipeline/memory-state';
import { releasedService } from '../../../support/races/race-world';
import { CATALOG, LOCK, VALUES, VALUES_TEXT } from '../commit-world';

let monorepo: TestRepository;
let deployments: TestRepository;
let valuesCommit: string;
let source: string;

beforeEach(() => {
  monorepo = createRepository();
  deployments = createRepository();
  monorepo.commit('main', { 'pipeline.yaml': CATALOG, 'auth/a.py': 'one' });
  source = monorepo.commit('main', { 'auth/a.py': 'two' });
  valuesCommit = deployments.commit('live', { [VALUES]: VALUES_TEXT, 'README.md': 'what runs' });
});

afterEach(() => {
  monorepo.remove();
  deployments.remove();
});

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesRepository: { git: { host: 'gitlab', repository: 'team/deployments' }, branch: 'live' },
  valuesFile: VALUES,
  branches: [{ branch: 'main', allow: ['push', 'release'], version: '{version}-dev' }],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

async function commit(part: Partial<ReleaseRecord> = {}): Promise<CommitResult> {
  const record: ReleaseRecord = {
    schema: 1,
    run: 'run-1',
    action: 'push',
    commit: source,
    valuesCommit,
    ref: 'main',
    environment: 'default',
    services: [releasedService('auth', 'v1.4.0-dev', source)],
    ...part,
  };
  const store = createMemoryStore();
  await store.put(objectKeys.release(record.run), JSON.stringify(record));
  const [git, valuesGit] = [monorepo, deployments].map(({ path }) => createLocalGitHost(path));
  if (git === undefined || valuesGit === undefined) throw new Error('no hosts');
  const dependencies = { settings, git, valuesGit, store, clock: createStillClock(), random: () => 0.5 };
  return commitStep({ run: record.run }, dependencies);
}

test('writes values file, lock and table on the one branch of the values repository, and nothing to the monorepo', async () => {
  const before = monorepo.git('for-each-ref');

  const { commit: made } = await commit();

  expect(deployments.git('rev-parse', 'live')).toBe(made);
  expect(deployments.git('show', '--name-only', '--format=', 'live').split('\n').sort()).toEqual([
    'chart/IMAGE_VERSIONS.md',
    VALUES,
    LOCK,
  ]);
  expect(deployments.git('show', `live:${LOCK}`)).toContain(source);
  expect(deployments.git('show', 'live:chart/IMAGE_VERSIONS.md')).toContain('registry.example/team/auth');
  expect(monorepo.git('for-each-ref')).toBe(before);
});

test('commits nothing if the source commit has no catalog, and names the commit', async () => {
  source = monorepo.commit('main', { 'pipeline.yaml': null });

  await expect(commit()).rejects.toMatchObject({
    name: 'ValuesFile',
    message: `pipeline.yaml is missing at the source commit ${source.slice(0, 8)}; nothing was committed`,
  });
  expect(deployments.git('rev-parse', 'live')).toBe(valuesCommit);
});

test('its message names the source commit, with a link to the monorepo', async () => {
  await commit();

  const message = deployments.git('log', '-1', '--format=%B', 'live');
  expect(message).toContain(`Planned at https://github.com/team/monorepo/commit/${source}\n\nRun-Id: run-1`);
  expect(message).toContain(`Source: ${source}`);
});

test.each<[string, () => void]>([
  ['the monorepo took its source back', () => monorepo.reset('main', `${source}^`)],
  [
    'the values repository took back what it read',
    () => deployments.git('update-ref', 'refs/heads/live', deployments.commit('other', { [VALUES]: VALUES_TEXT })),
  ],
])('nothing is committed if a forced push to %s', async (_, push) => {
  push();
  const before = deployments.git('rev-parse', 'live');

  expect(await commit()).toMatchObject({ commit: null, superseded: ['auth'], supersededBy: 'rewind' });
  expect(deployments.git('rev-parse', 'live')).toBe(before);
});

test('a branch that was merged and removed takes nothing back', async () => {
  monorepo.git('branch', 'hotfix/1', source);
  monorepo.git('branch', '-D', 'hotfix/1');

  expect((await commit({ ref: 'hotfix/1' })).commit).toMatch(/^[0-9a-f]{40}$/);
});

test('a newer release of the values repository stays, whatever branch it came from', async () => {
  const newer = monorepo.commit('main', { 'auth/a.py': 'three' });
  await commit({ run: 'run-2', commit: newer, services: [releasedService('auth', 'v1.4.0-dev-2', newer)] });

  expect(await commit()).toMatchObject({ commit: null, superseded: ['auth'], supersededBy: 'release' });
});

test('a run whose call is repeated finds its commit in the values repository', async () => {
  const { commit: made } = await commit();
  deployments.commit('live', { 'README.md': 'what runs, and where' });

  expect(await commit()).toMatchObject({ commit: made, changes: 1, superseded: [] });
});

test('a values repository without the branch is told by that name', async () => {
  deployments.git('update-ref', '-d', 'refs/heads/live');

  await expect(commit()).rejects.toMatchObject({
    name: 'CommitConflict',
    message: expect.stringMatching(/^branch live no longer exists/),
  });
});
