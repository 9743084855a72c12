/** A repository of its own for the values files: what may be set, what is refused, and which login does what. */
import { environmentNamed, lockPaths } from '../../../../core/settings/environment';
import {
  plannedValues,
  valuesBranch,
  valuesGitOf,
  valuesSettings,
} from '../../../../core/settings/files/values-repository';
import { gitTasks } from '../../../../core/settings/git-login';
import { commitPages } from '../../../../core/settings/git-pages';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { goesOn } from '../../../../core/settings/rollout-rules';
import type { SettingsInput } from '../../../../core/settings/schema';
import { problemsOf, SMALLEST } from '../../../support/settings/smallest';

const GITHUB = { host: 'github', repository: 'team/monorepo' } as const;
const GITLAB = { host: 'gitlab', repository: 'team/deployments' } as const;
const BRANCHES: SettingsInput['branches'] = [{ branch: 'main', allow: ['release', 'promote', 'rollback'] }];

const withValues = (valuesRepository: unknown, changes: object = {}) => ({
  ...SMALLEST,
  valuesRepository,
  branches: BRANCHES,
  ...changes,
});

test('it has one branch for the runs of all branches; without one, each branch has its own values files', () => {
  const settings = parseSettings(withValues({ git: GITLAB, branch: 'live' }));
  const usual = parseSettings(withValues(undefined));

  expect([valuesBranch(settings, 'main'), valuesBranch(usual, 'develop')]).toEqual(['live', 'develop']);
  expect(parseSettings(withValues({ git: GITLAB })).valuesRepository?.branch).toBe('main');
  expect([valuesGitOf(settings).host, valuesGitOf(usual).host]).toEqual(['gitlab', 'github']);
  expect(valuesSettings(usual)).toBeUndefined();
  expect(plannedValues({ commit: 'a' })).toBe('a');
  expect(plannedValues({ commit: 'a', valuesCommit: 'b' })).toBe('b');
});

test.each<[string, unknown, object, readonly RegExp[]]>([
  [
    'the monorepo itself',
    { git: { ...GITHUB, repository: 'Team/Monorepo' } },
    {},
    [/^valuesRepository.git: is the repository of the monorepo itself/],
  ],
  [
    'a folder beside a git host',
    { git: { host: 'local', path: '/srv/values.git' } },
    {},
    [/^valuesRepository.git.host: is 'local', and git.host is 'github'/],
  ],
  ['no repository', {}, {}, [/^valuesRepository.git/]],
  [
    'a pattern of branches',
    { git: GITLAB, branch: 'live/*' },
    {},
    [/^valuesRepository.branch: must be the name of one branch/],
  ],
  ["the pipeline's own branches", { git: GITLAB, branch: 'image-pipeline/x' }, {}, [/^valuesRepository.branch/]],
  ['a full ref', { git: GITLAB, branch: '/refs' }, {}, [/^valuesRepository.branch/]],
  [
    'a token in plain text',
    { git: { ...GITLAB, token: 'glpat-0123456789abcdefghij' } },
    {},
    [
      /^valuesRepository.git.token: is a token of GitLab in plain text/,
      /^valuesRepository.git.token: is not a setting/,
    ],
  ],
  [
    'one App twice',
    {
      git: {
        host: 'github',
        repository: 'team/live',
        app: { appId: 1, installationId: 2 },
        reader: { appId: 1, installationId: 3 },
      },
    },
    {},
    [/^valuesRepository.git.reader.appId: is 1, the App that commits/],
  ],
])('%s is refused', (_, valuesRepository, changes, expected) => {
  const problems = problemsOf(withValues(valuesRepository, changes));

  expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  expect(problems.join()).not.toContain('glpat-');
});

test('pushes of many branches into the files of one environment are refused, together with other problems', () => {
  const branches = [
    { branch: 'develop', allow: ['push'], version: '{version}-dev' },
    { branch: 'feature/*', allow: ['push'], version: '{version}-{slug}' },
    { branch: 'hotfix/*', allow: ['build'] },
  ];

  expect(problemsOf(withValues({ git: GITHUB }, { branches }))).toEqual([
    expect.stringMatching(/^valuesRepository.git: is the repository/),
    expect.stringMatching(
      /^branches.1.environment: pushes to feature\/\* would overwrite the files of environment 'default', which 'develop' updates, too/,
    ),
  ]);
  const environments = ['dev', 'previews'].map((name) => ({ name, values: `${name}.yaml` }));
  const own = branches.map((rule) => (rule.branch === 'feature/*' ? { ...rule, environment: 'previews' } : rule));
  expect(problemsOf(withValues({ git: GITLAB }, { environments, branches: own }))).toEqual([]);
  expect(problemsOf(withValues({ git: GITLAB }, { branches: undefined }))).toHaveLength(1);
});

test('pull requests are those of its host', () => {
  const branches = [{ branch: 'main', allow: ['release'], pullRequest: { method: 'rebase' } }];

  expect(problemsOf(withValues({ git: GITLAB }, { branches }))).toEqual([
    expect.stringMatching(/^branches.0.pullRequest.method: cannot be 'rebase' on GitLab/),
  ]);
  expect(problemsOf(withValues({ git: { ...GITHUB, repository: 'team/live' } }, { branches }))).toEqual([]);
});

test('its logins commit and read; those of the monorepo announce, comment, and commit only for tags', () => {
  const settings = parseSettings(
    withValues({ git: { ...GITLAB, reader: 'token' } }, { pullRequests: { comment: true } }),
  );
  const tagged = parseSettings(withValues({ git: GITLAB }, { releaseTag: {} }));
  const values = valuesSettings(settings);
  if (values === undefined) throw new Error('it is set');

  expect([gitTasks(values, 'writer'), gitTasks(values, 'reader')]).toEqual([['commit'], ['read']]);
  expect(gitTasks(settings, 'writer')).toEqual(['read', 'announce', 'comment']);
  expect(gitTasks(tagged, 'writer')).toEqual(['commit', 'read', 'announce']);
});

test('earlier releases are searched on its branch alone', () => {
  const environments = ['staging', 'production'].map((name) => ({ name, values: `${name}/values.yaml` }));
  const settings = parseSettings(withValues({ git: GITLAB, branch: 'live' }, { environments }));
  const at = { branch: 'main', environment: environmentNamed(settings, 'production') };

  expect(lockPaths({ action: 'promote', environment: 'production' }, at, settings)).toEqual([
    { branch: 'live', path: 'staging/version-lock.yaml' },
  ]);
  expect(lockPaths({ action: 'rollback', version: 'v1.0.0' }, at, settings)).toEqual([
    { branch: 'live', path: 'production/version-lock.yaml' },
  ]);
});

test('a run on a branch of a pattern goes on after its commit, because it changes the same files', () => {
  const environments = [
    { name: 'live', values: 'values.yaml', deploy: { with: 'nothing', cluster: 'shop', namespace: 'shop' } },
  ];
  const branches = [{ branch: 'hotfix/*', allow: ['build', 'rollback'] }];
  const given = { environments, branches };
  const isFollowed = (valuesRepository: unknown, branch: string) => {
    const settings = parseSettings(withValues(valuesRepository, given));
    return goesOn(settings, environmentNamed(settings, 'live'), branch);
  };

  expect(isFollowed({ git: GITLAB }, 'hotfix/1')).toBe(true);
  expect(isFollowed({ git: GITLAB }, 'main')).toBe(false);
  expect(isFollowed(undefined, 'hotfix/1')).toBe(false);
  const unable = [{ ...environments[0], onFailure: 'rollback' }];
  expect(
    problemsOf(
      withValues({ git: GITLAB }, { environments: unable, branches: [{ branch: 'hotfix/*', allow: ['build'] }] }),
    ),
  ).toEqual([
    expect.stringMatching(/onFailure: is rollback, but the branch rule 'hotfix\/\*' does not allow rollback/),
  ]);
});

test('a report links to each commit at the host of its repository', () => {
  const settings = parseSettings(withValues({ git: GITLAB }));
  const [source, commit] = ['a'.repeat(40), 'b'.repeat(40)];

  expect(commitPages(settings, { source, commit })).toEqual({
    sourcePage: `https://github.com/team/monorepo/commit/${source}`,
    commitPage: `https://gitlab.com/team/deployments/-/commit/${commit}`,
  });
  expect(commitPages(settings, { source, commit: null })).not.toHaveProperty('commitPage');
  expect(commitPages(undefined, { source, commit })).toEqual({});
});
