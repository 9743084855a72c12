/** Lost pushes if the values files have a repository of their own: no run moves a head of the monorepo. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { objectKeys } from '../../../core/contract/keys';
import { parseSettings } from '../../../core/settings/parse-settings';
import { printTrailers } from '../../../core/version/commit-message';
import { printVersionLock } from '../../../core/version/version-lock';
import { needsRun } from '../../../lambdas/reconcile/needs-run';
import { reconcileStep } from '../../../lambdas/reconcile/reconcile';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { FILES, VALUES } from '../../support/pipeline/small-pipeline';
import { fakeExecutions } from '../webhook/fake-executions';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesRepository: { git: { host: 'github', repository: 'team/deployments' } },
  valuesFile: 'chart/values.yaml',
  branches: [{ branch: 'develop', allow: ['push'], version: '{version}-dev' }],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});
const NOW = Date.now();

let monorepo: TestRepository;
let deployments: TestRepository;
let source: string;

beforeEach(() => {
  [monorepo, deployments] = [createRepository(), createRepository()];
  source = monorepo.commit('develop', FILES);
  deployments.commit('main', { 'chart/values.yaml': VALUES });
});
afterEach(() => {
  for (const repository of [monorepo, deployments]) repository.remove();
});

const hosts = () => ({ git: createLocalGitHost(monorepo.path), valuesGit: createLocalGitHost(deployments.path) });
const isNeeded = () => needsRun({ action: 'push', ref: 'refs/heads/develop', commit: source }, settings, hosts());

test('a head without a record needs a run; one of whose runs has committed needs none, whatever the lock says by now', async () => {
  expect(await isNeeded()).toBe(true);

  const rolledBack = `rollback to v1.3.0\n\n${printTrailers({ run: 'back', source, rollbackTo: 'v1.3.0' })}\n`;
  deployments.commit('main', { 'chart/version-lock.yaml': printVersionLock(new Map()) }, rolledBack);
  deployments.commit('main', { 'README.md': 'later\n' });

  expect(await isNeeded()).toBe(false);
  source = monorepo.commit('develop', { 'auth/main.py': 'print(4)\n' });
  expect(await isNeeded()).toBe(true);
});

test('a head whose run succeeded gets no second one, although the commit of that run is elsewhere', async () => {
  const executions = fakeExecutions();
  const reports = new Map<string, string>();
  const reconcile = () =>
    reconcileStep({
      settings,
      git: hosts().git,
      needsRun: async () => true,
      hidesPush: async () => true,
      executions,
      store: { get: async (key) => (reports.has(key) ? Buffer.from(reports.get(key) ?? '') : undefined) },
      clock: { now: () => NOW },
    });
  const { started } = await reconcile();
  const [run = ''] = started;
  executions.end(run, 'SUCCEEDED');
  reports.set(objectKeys.report(run), JSON.stringify({ commit: 'c'.repeat(40) }));

  expect(started).toHaveLength(1);
  expect(await reconcile()).toMatchObject({ started: [], waiting: 0 });
});

test('a message that looks like one of the pipeline settles no head of the monorepo', async () => {
  const message = `dev: auth\n\n${printTrailers({ run: 'push-develop-1', source })}\n`;
  const commit = monorepo.commit('develop', { 'auth/main.py': 'print(5)\n' }, message);
  const reports = { get: async () => Buffer.from(JSON.stringify({ commit })) };
  const executions = fakeExecutions();

  const { started } = await reconcileStep({
    settings,
    git: hosts().git,
    needsRun: async () => true,
    hidesPush: async () => false,
    executions,
    store: reports,
    clock: { now: () => NOW },
  });

  expect(started).toHaveLength(1);
});
