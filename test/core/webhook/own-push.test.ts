/** Pushes that bring commits of runs: directly, or by a pull request that the git host or a person has merged. None of them starts a run. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { printTrailers, runMark } from '../../../core/version/commit-message';
import { decidePush } from '../../../core/webhook/decide';
import type { PushedCommit } from '../../../core/webhook/payload';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'chart/values.yaml',
  releases: { host: 'registry.example.com', namespace: 'team' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
  branches: [{ branch: '*', allow: ['push'], version: '{version}-dev', pullRequest: {} }],
});

const OWN = ['chart/values.yaml', 'chart/version-lock.yaml', 'chart/IMAGE_VERSIONS.md'];
const RUN = 'push-develop-1';
const TITLE = `dev: auth v1.4.0-dev ${runMark(RUN)}`;
const TRAILERS = printTrailers({ run: RUN, source: 'a'.repeat(40) });

/** As hosts tell it that list no files. */
const bare = (message: string) => ({ message });

const commit = (message: string, written: readonly string[] = OWN): Omit<PushedCommit, 'id'> => ({
  message,
  written,
  removed: [],
});

function decide(commits: readonly Omit<PushedCommit, 'id'>[], changes: object = {}): 'start' | 'ignore' {
  const listed = commits.map((each, index) => ({ ...each, id: String(index).padStart(40, '3') }));
  const push = {
    repositoryId: 7,
    repository: 'team/monorepo',
    ref: 'refs/heads/develop',
    before: '1'.repeat(40),
    after: listed.at(-1)?.id ?? '2'.repeat(40),
    deleted: false,
    forced: false,
    commits: listed,
    ...changes,
  };
  return decidePush(push, settings).kind;
}

const OURS = commit(`dev: auth v1.4.0-dev\n\n- auth\n\n${TRAILERS}\n`);

test.each<[string, readonly Omit<PushedCommit, 'id'>[], object?]>([
  ['a commit that was pushed', [OURS]],
  ['a rebased one', [OURS]],
  ['a squashed one with the message of the run', [commit(`dev: auth (#1)\n\n- auth\n\n${TRAILERS}`)]],
  [
    'a squashed one with what GitHub adds',
    [commit(`${TITLE} (#1)\n\n${TRAILERS}\n\n---------\n\nCo-authored-by: Ada <a@b>`)],
  ],
  ['a squashed one with the title alone, as GitLab makes it', [commit(TITLE)]],
  [
    'one with the merge of GitHub, which lists no files',
    [OURS, commit(`Merge pull request #1 from team/x\n\n${TITLE}`, [])],
  ],
  [
    'one with the merge of GitLab',
    [OURS, commit(`Merge branch 'x' into 'develop'\n\n${TITLE}\n\nSee merge request a/b!1`)],
  ],
  ['two runs from a merge queue', [OURS, OURS]],
  ['a commit without files, as Bitbucket tells it', [bare(OURS.message)]],
  [
    'one with the merge of Bitbucket, the newest first',
    [bare(`Merged in image-pipeline/x (pull request #1)\n\n${TITLE}`), bare(OURS.message)],
    { after: '0'.padStart(40, '3') },
  ],
  ['a squashed one of Azure DevOps', [bare(`Merged PR 1: ${TITLE}`)]],
])('%s starts no run', (_, commits, changes = {}) => {
  expect(decide(commits, changes)).toBe('ignore');
});

test.each<[string, readonly Omit<PushedCommit, 'id'>[], object?]>([
  ['a commit of somebody else below it', [commit('fix', ['auth/main.py']), OURS]],
  ['a commit of somebody else on the branch of its pull request', [OURS, commit('and this', [OWN[0] ?? ''])]],
  ['a change of source under its title', [commit(TITLE, [...OWN, 'auth/main.py'])]],
  ['a revert of it', [commit(`Revert "${TITLE}"`)]],
  ['a merge without files, and nothing else', [commit(`Merge pull request #1\n\n${TITLE}`, [])]],
  ['so many commits that the host may have left some out', Array.from({ length: 20 }, () => OURS)],
  ['a forced push', [OURS], { forced: true }],
  ['no commit that the host tells', []],
  ['a commit of somebody else without files', [bare('fix'), bare(OURS.message)]],
  ['commits without files that are not its head', [bare(OURS.message)], { after: '4'.repeat(40) }],
])('%s starts a run', (_, commits, changes = {}) => {
  expect(decide(commits, changes)).toBe('start');
});

test('a push to a branch of the pipeline starts no run, whatever the rules are', () => {
  const ref = 'refs/heads/image-pipeline/push-develop-1-0a1b2c3d';
  expect(decide([OURS], { ref, before: '0'.repeat(40) })).toBe('ignore');
});

describe('if the values files have a repository of their own', () => {
  const beside = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    valuesRepository: { git: { host: 'github', repository: 'team/deployments' } },
    branches: [{ branch: 'develop', allow: ['push'], version: '{version}-dev' }],
    releases: { host: 'registry.example.com', namespace: 'team' },
    candidates: { host: 'registry.example.com', repository: 'candidates' },
  });
  const id = '3'.repeat(40);
  const decideOn = (repository: string, changes: object = {}, settingsThere = beside) =>
    decidePush(
      {
        repositoryId: 7,
        repository,
        ref: 'refs/heads/develop',
        before: '1'.repeat(40),
        after: id,
        deleted: false,
        forced: false,
        commits: [{ ...OURS, id }],
        ...changes,
      },
      settingsThere,
    );

  test('a push there is ignored with the reason, by name and by id', () => {
    const known = { ...beside, git: { ...beside.git, repositoryId: 8 } } as typeof beside;
    const reason = { kind: 'ignore', reason: 'the values repository starts nothing' };

    expect(decideOn('Team/Deployments')).toEqual(reason);
    expect(decideOn('team/deployments', {}, known)).toEqual(reason);
    expect(decideOn('team/other')).toEqual({ kind: 'ignore', reason: 'the repository is not the one that is built' });
    expect(decideOn('team/deployments', { repositoryId: 8 }, known).kind).toBe('start');
  });

  test('no push to the monorepo is one of the pipeline, whatever its message says', () => {
    expect(decideOn('team/monorepo').kind).toBe('start');
    expect(decideOn('team/monorepo', {}, settings).kind).toBe('ignore');
  });
});
