/** Whole runs of the deployed state machine if the values files have a repository of their own: release, rollback, promotion, redrive. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import type { RunReport } from '../../../core/contract/report';
import { parseSettings } from '../../../core/settings/parse-settings';
import { readTrailers } from '../../../core/version/commit-message';
import { parseVersionLock } from '../../../core/version/version-lock';
import { needsRun } from '../../../lambdas/reconcile/needs-run';
import { type MemoryPipeline, openMemoryPipeline } from '../../support/pipeline/memory-pipeline';
import { VALUES } from '../../support/pipeline/small-pipeline';

const HEALTH = 'https://staging.example.com/health';
const settings = {
  environments: [
    {
      name: 'staging',
      values: 'chart/values.yaml',
      deploy: { with: 'nothing', cluster: 'main', namespace: 'staging', minutes: 10 },
      verify: { health: { url: HEALTH, seconds: 1, retries: 1 } },
      onFailure: 'rollback',
    },
    { name: 'production', values: 'chart/values-production.yaml', lock: 'chart/version-lock-production.yaml' },
  ],
  branches: [{ branch: 'main', allow: ['push', 'release', 'promote', 'rollback'], version: '{version}-dev' }],
  releaseTag: { environment: 'staging' },
  valuesRepository: {},
};

let pipeline: MemoryPipeline;
let source: string;

beforeEach(async () => {
  pipeline = await openMemoryPipeline(settings, { 'chart/values-production.yaml': VALUES });
  source = pipeline.repository.git('rev-parse', 'main');
});
afterEach(() => pipeline.remove());

const versionsIn = (lock: string) => [
  ...new Set([...parseVersionLock(pipeline.read(lock), lock).values()].map(({ version }) => version)),
];
const LOCK = 'chart/version-lock.yaml';
const PRODUCTION = 'chart/version-lock-production.yaml';

test('a release commits to the values repository, tags the monorepo, and records the commit of each', async () => {
  const [commit] = pipeline.commitsOf('release-first');
  const report = await pipeline.stored<RunReport>(objectKeys.report('release-first'));
  const plan = await pipeline.stored<Plan>(objectKeys.plan('release-first'));

  expect(report).toMatchObject({ status: 'SUCCEEDED', source, commit, rollout: { end: 'verified', commit } });
  expect(plan).toMatchObject({ commit: source, valuesCommit: pipeline.values.git('rev-parse', `${commit}^`) });
  expect([...parseVersionLock(pipeline.read(LOCK), LOCK).values()].map((entry) => entry.source)).toEqual(
    Array(4).fill(source),
  );
  expect(pipeline.repository.git('rev-list', '--all')).toBe(source);
  expect(pipeline.repository.git('rev-parse', 'v1.4.0^{commit}')).toBe(source);
  expect(pipeline.repository.git('tag', '-l', '--format=%(contents)', 'v1.4.0')).toContain(`Values-Commit: ${commit}`);
  expect(pipeline.values.git('tag')).toBe('');
});

test('a release that fails in its environment is rolled back there, and no lost push undoes that', async () => {
  pipeline.answers.set(HEALTH, 500);
  pipeline.onStep = ({ run }) => void (run.startsWith('rollback-') && pipeline.answers.clear());

  const { result } = await pipeline.run('bad', { action: 'release', ref: 'main', version: 'v1.5.0' });

  expect(result).toMatchObject({ status: 'FAILED', error: 'VerifyFailed' });
  expect(versionsIn(LOCK)).toEqual(['v1.4.0']);
  const log = pipeline.values.git('log', '-2', '--format=%B%x00', 'main').split('\0');
  expect(log.slice(0, 2).map((message) => readTrailers(message.trim()))).toMatchObject([
    { run: 'rollback-0-bad', source, rollbackOf: 'bad' },
    { run: 'bad', source },
  ]);
  expect(await isPushNeeded(source)).toBe(false);
  expect(await isPushNeeded(pipeline.repository.commit('main', { 'auth/main.py': 'print(3)\n' }))).toBe(true);
});

test('a promotion and a rollback find earlier releases in the history of the values repository', async () => {
  await pipeline.run('second', { action: 'release', ref: 'main', version: 'v1.5.0' });
  pipeline.repository.commit('main', { 'README.md': 'a later commit\n' });

  const promoted = await pipeline.run('up', {
    action: 'promote',
    ref: 'main',
    environment: 'production',
    from: 'v1.4.0',
    version: 'v1.4.0',
  });
  const back = await pipeline.run('back', {
    action: 'rollback',
    ref: 'main',
    environment: 'staging',
    version: 'v1.4.0',
  });

  expect([promoted, back].map(({ result }) => result.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(versionsIn(PRODUCTION)).toEqual(['v1.4.0']);
  expect(versionsIn(LOCK)).toEqual(['v1.4.0']);
  expect(pipeline.repository.git('log', '-1', '--format=%s')).not.toMatch(/rollback|promote/);
});

test('a redriven run stays at the commits of its first plan in both repositories', async () => {
  const kill = new AbortController();
  pipeline.onStep = ({ run, state, when }) => {
    if (run !== 'killed' || kill.signal.aborted || state !== 'Update the values file' || when !== 'after') return;
    kill.abort();
    throw new Error('killed');
  };
  const input = { action: 'release', ref: 'main', version: 'v1.5.0' };
  await pipeline.run('killed', input, { signal: kill.signal });
  const planned = await pipeline.stored<Plan>(objectKeys.plan('killed'));
  pipeline.repository.commit('main', { 'README.md': 'later\n' });
  pipeline.values.commit('main', { 'README.md': 'later\n' });

  const { result } = await pipeline.run('killed', input, { redrive: 'again' });

  expect(result.status).toBe('SUCCEEDED');
  const { commit, valuesCommit } = planned;
  expect(await pipeline.stored<Plan>(objectKeys.plan('killed'))).toMatchObject({ commit, valuesCommit });
  expect(pipeline.commitsOf('killed')).toHaveLength(1);
});

test.each<[string, () => void, RegExp]>([
  [
    'without its branch',
    () => pipeline.values.git('update-ref', '-d', 'refs/heads/main'),
    /valuesRepository.branch: is main/,
  ],
  [
    'without a values file',
    () => pipeline.values.commit('main', { 'chart/values.yaml': null }),
    /chart\/values.yaml: is not in commit [0-9a-f]{8} of the values repository/,
  ],
])('a values repository %s is refused by the plan', async (_, change, message) => {
  change();

  const { result } = await pipeline.run('refused', { action: 'release', ref: 'main', version: 'v1.5.0' });

  expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInput', cause: expect.stringMatching(message) });
});

/** Asks the reconcile step about a head of the monorepo that has no runs. */
function isPushNeeded(commit: string): Promise<boolean> {
  const { repository, values } = pipeline;
  const parsed = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
    ...settings,
    valuesRepository: { git: { host: 'github', repository: 'team/deployments' } },
  });
  const from = { git: createLocalGitHost(repository.path), valuesGit: createLocalGitHost(values.path) };
  return needsRun({ action: 'push', ref: 'refs/heads/main', commit }, parsed, from);
}
