/** Branch rules whose commits go by pull request. */
import { gitPermissions, gitTasks, mergeHours, usesPullRequests } from '../../../core/settings/git-login';
import { parseSettings } from '../../../core/settings/parse-settings';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const GITHUB = { host: 'github', repository: 'team/monorepo' };

function settingsWith(pullRequest: unknown, git: object = GITHUB, branch = 'main') {
  return {
    ...SMALLEST,
    git,
    branches: [{ branch, allow: ['release'], ...(pullRequest === undefined ? {} : { pullRequest }) }],
  };
}

test('are merged by the host, squashed, within a day, unless they say something else', () => {
  const settings = parseSettings(settingsWith({}));

  expect(settings.branches[0]?.pullRequest).toEqual({ autoMerge: true, method: 'squash', hours: 24 });
  expect([usesPullRequests(settings), mergeHours(settings)]).toEqual([true, 24]);
  expect(usesPullRequests(parseSettings(settingsWith(undefined)))).toBe(false);
});

test.each([
  [{ hours: 0 }, /hours: must be at least one minute/],
  [{ hours: 200 }, /hours/],
  [{ method: 'force' }, /method: must be 'squash', 'merge' or 'rebase'|method/],
  [{ automerge: true }, /did you mean 'autoMerge'/],
])('refuse %j', (rule, expected) => {
  expect(problemsOf(settingsWith(rule))).toEqual([expect.stringMatching(expected)]);
});

test('are refused for a repository on disk, with what to do', () => {
  const [problem, ...others] = problemsOf(settingsWith({}, { host: 'local', path: '/srv/git/monorepo.git' }));

  expect(others).toEqual([]);
  expect(problem).toMatch(
    /^branches\.0\.pullRequest: needs a git host with pull requests, .* is 'local'; leave it out/,
  );
});

test.each([
  ['GitLab, where the project decides that', { host: 'gitlab', repository: 'team/monorepo' }],
  [
    'CodeCommit, which has no such merge',
    {
      host: 'codecommit',
      repository: 'monorepo',
      apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com',
    },
  ],
])('cannot be rebased on %s', (_, git) => {
  expect(problemsOf(settingsWith({ method: 'rebase' }, git))).toEqual([
    expect.stringMatching(/pullRequest\.method: .*squash or merge/),
  ]);
  expect(problemsOf(settingsWith({ method: 'merge' }, git))).toEqual([]);
});

test('are not for the branches of the pipeline itself', () => {
  expect(problemsOf(settingsWith(undefined, GITHUB, 'image-pipeline/x'))).toEqual([
    expect.stringMatching(/branches\.0\.branch: begins with image-pipeline\//),
  ]);
});

test('give the writer, and nobody else, the right to open them', () => {
  const settings = parseSettings(settingsWith({}, { ...GITHUB, reader: 'token' }));

  expect(gitPermissions(gitTasks(settings, 'writer'), 'app')).toEqual({ contents: 'write', pull_requests: 'write' });
  expect(gitPermissions(gitTasks(settings, 'reader'), 'app')).not.toHaveProperty('pull_requests');
});
