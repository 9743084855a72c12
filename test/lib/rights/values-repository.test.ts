/** Rights if the values files have a repository of their own: which function has which login, and at CodeCommit which right. */
import type { SettingsInput } from '../../../core/settings/schema';
import { synthesize } from '../synthesized';
import { statementsOf } from './role-statements';

const branches: SettingsInput['branches'] = [{ branch: 'main', allow: ['release'] }];
const more: Partial<SettingsInput> = {
  branches,
  releaseTag: {},
  environments: [
    { name: 'live', values: 'live/values.yaml', deploy: { with: 'nothing', cluster: 'shop', namespace: 'shop' } },
  ],
};
const templateOf = (valuesRepository: SettingsInput['valuesRepository'], settings: Partial<SettingsInput> = {}) =>
  synthesize({ settings: { ...more, ...settings, valuesRepository } }).toJSON();

const GITLAB = { host: 'gitlab', repository: 'team/deployments' } as const;
const CODECOMMIT = {
  host: 'codecommit',
  repository: 'deployments',
  apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com',
} as const;

/** Returns the git secrets that each role may read, without those that read none. */
function gitSecrets(template: Parameters<typeof statementsOf>[0]): Readonly<Record<string, readonly string[]>> {
  const found = Object.entries(statementsOf(template)).flatMap(([role, statements]) => {
    const read = statements
      .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
      .flatMap(({ resources }) => resources)
      .filter((resource) => /Git/.test(resource));
    return read.length === 0 ? [] : [[role, read.sort()] as const];
  });
  return Object.fromEntries(found);
}

test('the commit step alone has the login that may write there, and none that may write to the monorepo', () => {
  const readers = { git: { host: 'github', repository: 'example/monorepo', reader: 'token' } } as const;
  const template = templateOf({ git: { ...GITLAB, reader: 'token' } }, readers);

  const reading = ['SecretsGitReader', 'SecretsValuesGitReader'];
  expect(gitSecrets(template)).toEqual({
    Commit: ['SecretsGitReader', 'SecretsValuesGit'],
    Plan: reading,
    Preview: reading,
    Reconcile: reading,
    Rollout: reading,
    Tag: ['SecretsGit', 'SecretsValuesGitReader'],
    Report: ['SecretsGitReader'],
  });
});

test('without readers there is one login for each repository', () => {
  const template = templateOf({ git: GITLAB });
  const both = ['SecretsGit', 'SecretsValuesGit'];

  expect(gitSecrets(template)).toEqual({
    ...Object.fromEntries(['Commit', 'Plan', 'Preview', 'Reconcile', 'Rollout', 'Tag'].map((role) => [role, both])),
    Report: ['SecretsGit'],
  });
  expect(Object.keys(template.Outputs).filter((name) => name.includes('GitSecret'))).toEqual([
    'GitSecretArn',
    'ValuesGitSecretArn',
  ]);
});

test('every function that reads its secret knows its ARN, and no other does', () => {
  const template = templateOf({ git: GITLAB });
  const resources: readonly [string, { Type: string; Properties: { Environment?: { Variables: object } } }][] =
    Object.entries(template.Resources);
  const knowing = resources.flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::Lambda::Function' && 'VALUES_GIT_SECRET_ARN' in (Properties.Environment?.Variables ?? {})
      ? [id]
      : [],
  );

  expect(knowing.map((id) => id.replace('Function', '')).sort()).toEqual([
    'Commit',
    'Plan',
    'Preview',
    'Reconcile',
    'Rollout',
    'Tag',
  ]);
});

test('at CodeCommit there is no secret, and the commit step alone may push to it', () => {
  const template = templateOf({ git: CODECOMMIT });
  const pushing = Object.entries(statementsOf(template)).flatMap(([role, statements]) =>
    statements
      .filter(({ actions }) => actions.includes('codecommit:GitPush'))
      .map(({ resources }) => [role, ...resources] as const),
  );

  expect(JSON.stringify(gitSecrets(template))).not.toContain('Values');
  expect(Object.keys(template.Outputs)).not.toContain('ValuesGitSecretArn');
  expect(pushing).toEqual([['Commit', expect.stringMatching(/:deployments$/)]]);
  expect(JSON.stringify(template.Resources)).not.toContain('RepositoryEvents');
});

test('a monorepo in CodeCommit is only read beside a values repository', () => {
  const git = { ...CODECOMMIT, repository: 'monorepo' };
  const { releaseTag: _, ...untagged } = more;
  const template = synthesize({ settings: { ...untagged, git, valuesRepository: { git: GITLAB } } }).toJSON();

  expect(JSON.stringify(template)).not.toContain('GitPush');
  expect(gitSecrets(template).Commit).toContain('SecretsValuesGit');
});

test('without a values repository nothing of it is there', () => {
  expect(JSON.stringify(templateOf(undefined))).not.toMatch(/ValuesGit|VALUES_GIT/);
});
