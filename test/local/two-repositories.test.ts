/** A local pipeline on two real repositories: sources are built from one, and the values files of the other are updated. */
import type { DoctorReport } from '../../cli/doctor/doctor';
import { parseVersionLock } from '../../core/version/version-lock';
import { openGitView } from '../../local/board/git-view';
import { openHomeSource } from '../../local/board/open-home';
import { createRepository, type TestRepository } from '../support/git/git-repository';
import { makeSmallPipeline, runCommand, type SmallPipeline, VALUES } from '../support/pipeline/small-pipeline';

const LOCK = 'live/version-lock.yaml';
const BRANCH = 'environments';

let values: TestRepository;
let pipeline: SmallPipeline;

beforeAll(async () => {
  values = createRepository();
  values.commit(BRANCH, { 'live/values.yaml': VALUES, 'README.md': 'What runs.\n' });
  pipeline = await makeSmallPipeline({
    valuesFile: 'live/values.yaml',
    valuesRepository: { git: { host: 'local', path: values.path }, branch: BRANCH },
    branches: [
      { branch: 'main', allow: ['release', 'rollback'] },
      { branch: 'develop', allow: ['push'], version: '{version}-dev' },
    ],
  });
}, 60_000);

afterAll(() => {
  pipeline.remove();
  values.remove();
});

const show = (path: string) => values.git('show', `${BRANCH}:${path}`);
const lockNow = () => parseVersionLock(show(LOCK), LOCK);

test('a release builds the monorepo and updates the values repository, whose other files stay', async () => {
  const before = values.git('rev-parse', BRANCH);
  const source = pipeline.repository.git('rev-parse', 'main');

  const report = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');

  expect(report).toMatchObject({ status: 'SUCCEEDED', source, counts: { built: 4 } });
  expect(values.git('rev-parse', `${BRANCH}^`)).toBe(before);
  expect(values.git('rev-parse', BRANCH)).toBe(report.commit);
  expect(show('live/values.yaml')).toContain('tag: &tag v1.4.0');
  expect(show('README.md')).toBe('What runs.');
  expect([...lockNow().values()].map((entry) => entry.source)).toEqual(Array(4).fill(source));
  expect(pipeline.repository.git('rev-list', '--all')).toBe(source);
}, 180_000);

test('a push builds only what changed since the lock of the values repository, and a rollback undoes it there', async () => {
  pipeline.repository.git('branch', 'develop', 'main');
  const commit = pipeline.repository.commit('develop', { 'ngui/index.html': '<html>new</html>\n' });

  const pushed = await pipeline.report('push', '--ref', 'develop');
  expect(pushed).toMatchObject({ status: 'SUCCEEDED', source: commit, counts: { built: 1, kept: 3 } });
  expect(lockNow().get('ngui')).toMatchObject({ source: commit, version: 'v1.4.0-dev' });

  const back = await pipeline.report('rollback', '--version', 'v1.4.0', '--ref', 'main');
  expect(back).toMatchObject({ status: 'SUCCEEDED', version: 'v1.4.0' });
  expect(lockNow().get('ngui')).toMatchObject({ version: 'v1.4.0' });
  expect(values.git('log', '--format=%s', BRANCH).split('\n')[0]).toMatch(/^rollback to v1.4.0/);
}, 180_000);

test('the board shows the versions of the values repository, and the head and commits of the monorepo', async () => {
  const source = await openHomeSource(pipeline.home);
  const { states, problems } = await openGitView(source, source.settings).look();

  expect(problems).toEqual([]);
  expect(states.find(({ branch }) => branch === 'main')).toMatchObject({
    head: pipeline.repository.git('rev-parse', 'main'),
    lastRun: expect.stringMatching(/^rollback-/),
  });
  expect(states[0]?.lock.get('auth')?.version).toBe('v1.4.0');
  const unnamed = await openGitView({ ...source, valuesRepository: undefined }, source.settings).look();
  expect(unnamed.problems).toEqual([expect.stringContaining('--values-repo DIR')]);
});

test('plan, notes and history read the version lock from a clone of the values repository', async () => {
  values.git('symbolic-ref', 'HEAD', `refs/heads/${BRANCH}`);
  const both = ['--repo', pipeline.repository.path, '--ref', 'main', '--values-repo', values.path];

  const plan = JSON.parse((await runCommand('plan', ...both, '--json')).stdout);
  const notes = await runCommand('notes', 'v1.4.0', ...both);
  const history = await runCommand('history', '--repo', values.path);

  expect(plan.totals).toEqual({ build: 0, retag: 0, keep: 4 });
  expect(notes.stdout).toMatch(/^# v1.4.0/m);
  expect(history.stdout).toContain('rollback-v1-4-0');
  const missing = await runCommand('plan', ...both.slice(0, -1), '/nowhere');
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('/nowhere')]);
});

test('doctor finds a values repository without its branch, without a file, and none at all', async () => {
  const examine = async () => {
    const { stdout } = await runCommand('doctor', '--home', pipeline.home, '--json');
    const { findings }: DoctorReport = JSON.parse(stdout);
    return findings.find(({ check }) => check === 'values repository');
  };
  const head = values.git('rev-parse', BRANCH);
  expect(await examine()).toMatchObject({ state: 'ok', text: expect.stringContaining(`1 values files on ${BRANCH}`) });

  values.commit(BRANCH, { 'live/values.yaml': null });
  expect(await examine()).toMatchObject({ state: 'problem', text: `${BRANCH} has no live/values.yaml` });
  values.git('update-ref', '-d', `refs/heads/${BRANCH}`);
  expect(await examine()).toMatchObject({ state: 'problem', text: expect.stringContaining(`has no branch ${BRANCH}`) });
  values.git('update-ref', `refs/heads/${BRANCH}`, head);
});
