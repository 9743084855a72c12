import { printVersionLock } from '../../core/version/version-lock';
import { FILES, makePlanner, type Planner } from '../support/pipeline/planner';

const LOCK = 'chart/version-lock.yaml';
const HEX = (digit: string) => digit.repeat(40);

let planner: Planner;
beforeEach(async () => {
  planner = makePlanner();
  await planner.init();
});
afterEach(() => planner.remove());

interface Locked {
  readonly version: string;
  readonly source: string;
  /** Equal digits stand for equal inputs and an equal image. */
  readonly content: string;
}

/** Commits the version lock as a run does. Returns the commit id. */
function release(run: string, services: Readonly<Record<string, Locked>>, trailer = '', path = LOCK): string {
  const lock = Object.entries(services).map(([name, { version, source, content }]) => {
    return [name, { version, source, inputDigest: HEX(content), digest: `sha256:${content.repeat(64)}` }] as const;
  });
  const message = `release\n\nRun-Id: ${run}\nSource: ${HEX('f')}\n${trailer}`;
  return planner.repository.commit('main', { [path]: printVersionLock(new Map(lock)) }, message);
}

/** Merges one commit on a branch of its own as GitHub does. Returns the merge. */
function mergePullRequest(number: number, path: string, content: string): string {
  const { repository } = planner;
  const base = repository.git('rev-parse', 'main');
  repository.reset(`pull-${number}`, base);
  const tip = repository.commit(`pull-${number}`, { [path]: content }, `change ${path}`);
  const message = `Merge pull request #${number} from team/pull-${number}`;
  const merge = repository.git('commit-tree', `${tip}^{tree}`, '-p', base, '-p', tip, '-m', message);
  repository.reset('main', merge);
  return merge;
}

/** v1.0.0 of all services; then #12 changes the shared module, (#13) the api, and the last commit nothing that is built. */
function history() {
  const { repository, first } = planner;
  const at = (version: string, source: string, content: string): Locked => ({ version, source, content });
  release('run-1', { api: at('v1.0.0', first, '1'), web: at('v1.0.0', first, '2'), worker: at('v1.0.0', first, '3') });
  mergePullRequest(12, 'tools/t.py', '2');
  repository.commit('main', { 'api/main.py': '2' }, 'Faster api (#13)');
  const source = repository.commit('main', { 'docs/x.md': 'x' }, 'words');
  const commit = release('run-2', {
    api: at('v1.1.0', source, '4'),
    web: at('v1.1.0', source, '2'),
    worker: at('v1.1.0', source, '5'),
  });
  return { source, commit };
}

const notes = (...args: string[]) => planner.json('notes', ...args, '--ref', 'main', '--catalog', planner.catalogFile);

test('name for each service the commits that changed what its build reads, with author and pull request', async () => {
  const { commit } = history();

  const { services, ...release } = await notes('v1.1.0');

  expect(release).toMatchObject({ version: 'v1.1.0', commit, run: 'run-2' });
  const shared = { subject: 'change tools/t.py', author: 'Ada', pullRequest: '#12' };
  expect(services).toMatchObject([
    {
      service: 'api',
      previousVersion: 'v1.0.0',
      change: 'built',
      commits: [{ subject: 'Faster api (#13)', pullRequest: '#13' }, shared],
    },
    { service: 'web', previousVersion: 'v1.0.0', change: 'retagged', commits: [] },
    { service: 'worker', previousVersion: 'v1.0.0', change: 'built', commits: [shared] },
  ]);
});

test('are Markdown that nothing in a commit can break', async () => {
  const { repository, first } = planner;
  release('run-1', { api: { version: 'v1.0.0', source: first, content: '1' } });
  const source = repository.commit('main', { 'api/main.py': '3' }, '<img src=x> @team [a](b) | \u001b[31m');
  release('run-2', { api: { version: 'v1.1.0', source, content: '4' } });

  const { stdout } = await planner.run('notes', 'v1.1.0', '--ref', 'main', '--catalog', planner.catalogFile);

  expect(stdout).toContain('# v1.1.0\n');
  expect(stdout).toContain('## api v1.1.0: built since v1.0.0\n');
  expect(stdout).toContain('\\<img src=x\\> @&#8203;team \\[a\\](b) \\| ?\\[31m');
});

test('of a version that a rollback brought back are those of its release', async () => {
  const { source, commit } = history();
  const { first } = planner;
  release('run-3', { api: { version: 'v1.2.0', source, content: '6' } });
  release('run-4', { api: { version: 'v1.1.0', source, content: '4' } }, `Rollback-To: v1.1.0\n`);

  expect((await notes('v1.1.0')).commit).toBe(commit);
  expect((await notes('v1.0.0')).services[0]).toMatchObject({ service: 'api', change: 'new', commits: [] });
  expect(first).toHaveLength(40);
});

test('of a version that no lock ever had propose the nearest one', async () => {
  history();

  const { exitCode, stderr } = await planner.run('notes', 'v1.10', '--ref', 'main');

  expect(exitCode).toBe(2);
  expect(stderr).toContain("no version lock ever had 'v1.10'; did you mean v1.1.0?");
});

test('ask which lock is meant if several environments have the version', async () => {
  history();
  const { first } = planner;
  const other = 'chart/version-lock-staging.yaml';
  release('run-5', { api: { version: 'v1.1.0', source: first, content: '1' } }, '', other);

  const { exitCode, stderr } = await planner.run('notes', 'v1.1.0', '--ref', 'main');

  expect(exitCode).toBe(2);
  expect(stderr).toContain(`name one with --lock: ${other}, ${LOCK}`);
  expect((await notes('v1.1.0', '--lock', other)).run).toBe('run-5');
});

test('follow a catalog image below to the commits that changed it', async () => {
  const { repository } = planner;
  const files = { ...FILES, 'worker/Dockerfile': 'FROM team/api:latest\nCOPY worker /w\n' };
  const source = repository.commit('main', files, 'worker on api');
  await planner.run('catalog', 'init', '--ref', 'main', '--out', planner.catalogFile);
  release('run-1', { worker: { version: 'v1.0.0', source, content: '1' } });
  const later = repository.commit('main', { 'api/main.py': '9' }, 'below');
  release('run-2', { worker: { version: 'v1.1.0', source: later, content: '2' } });

  const { services } = await notes('v1.1.0');

  expect(services[0].commits).toMatchObject([{ subject: 'below' }]);
});
