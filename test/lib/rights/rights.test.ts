/** Who may do what: the exact rights of every role, and what no role may ever have. */

import { synthesize } from '../synthesized';
import { CANDIDATES, EXPECTED, LOG_DELIVERY, RELEASES, right, SAMPLE, TRACE } from './expected-rights';
import { type Statement, statementsOf } from './role-statements';

const template = synthesize({ settings: { notices: { chats: ['slack', 'teams'] } } }).toJSON();
const rights = statementsOf(template);

interface Role {
  readonly Type: string;
  readonly Properties: {
    readonly AssumeRolePolicyDocument: {
      readonly Statement: readonly { readonly Principal: { readonly Service: string }; readonly Condition: object }[];
    };
  };
}

/** In one order, so that sets can be compared. */
function sorted(statements: readonly Statement[]): string[] {
  return statements.map((statement) => JSON.stringify(statement)).sort();
}

describe('rights', () => {
  test('every role of the stack has its row in the table', () => {
    expect(Object.keys(rights).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(Object.keys(EXPECTED))('%s has exactly the rights of its row', (role) => {
    const traced = `${role}Function` in template.Resources ? [right(TRACE, '*')] : [];
    expect(sorted(rights[role] ?? [])).toEqual(sorted([...(EXPECTED[role] ?? []), ...traced]));
  });

  test('no role has a managed policy', () => {
    const roles = Object.values(template.Resources).filter(
      (each) => (each as { Type: string }).Type === 'AWS::IAM::Role',
    );
    expect(roles.filter((role) => 'ManagedPolicyArns' in (role as { Properties: object }).Properties)).toEqual([]);
  });

  test('no role may delete an image, change a repository, pass a role or use a wildcard action', () => {
    const all = Object.values(rights).flatMap((statements) => statements.flatMap(({ actions }) => actions));
    expect(all.filter((action) => /\*|^iam:|^ecr:.*(Delete|Policy|Mutability|Lifecycle)/.test(action))).toEqual([]);
  });

  test('the release step may share its repositories only if the settings name accounts', () => {
    const releases = { host: 'ecr', namespace: 'shop', pullAccounts: ['444455556666'] };
    const shared = statementsOf(synthesize({ settings: { releases } }).toJSON());
    const policies = (statements: readonly Statement[] = []) =>
      statements.filter(({ actions }) => actions.includes('ecr:SetRepositoryPolicy')).map(({ resources }) => resources);

    expect(Object.values(rights).flatMap(policies)).toEqual([]);
    expect(Object.values(shared).flatMap(policies)).toEqual([[RELEASES]]);
    expect(policies(shared.Release)).toHaveLength(1);
  });

  test('builds cannot write a release repository, read a secret or start anything', () => {
    const actions = (rights.Builder ?? []).filter(({ resources }) => !resources.includes(CANDIDATES));
    expect(
      actions.flatMap((each) => each.actions).filter((each) => /Put|Upload|Secret|Start|Assume/.test(each)),
    ).toEqual(['logs:PutLogEvents']);
  });

  test('the preview function may write nothing that a run reads', () => {
    const objects = (name: string) =>
      (rights[name] ?? []).filter(({ actions }) => actions.includes('s3:PutObject')).flatMap((each) => each.resources);

    expect(objects('Preview')).toEqual(['StoreBucket/previews/*.html', 'StoreBucket/previews/*.json']);
    const readByRuns = Object.entries(rights)
      .filter(([name]) => name !== 'Preview')
      .flatMap(([, statements]) => statements.filter(({ actions }) => actions.includes('s3:GetObject')))
      .flatMap(({ resources }) => resources);
    expect(readByRuns.length).toBeGreaterThan(0);
    expect(readByRuns.filter((resource) => resource.startsWith('StoreBucket/previews'))).toEqual([]);
  });

  test('only the release step may write release repositories', () => {
    const writers = Object.entries(rights).filter(([, statements]) =>
      statements.some(({ actions, resources }) => actions.includes('ecr:PutImage') && resources.includes(RELEASES)),
    );
    expect(writers.map(([role]) => role)).toEqual(['Release']);
  });

  test('only the release step may create a repository, and only among the releases', () => {
    const makers = Object.entries(rights).flatMap(([role, statements]) =>
      statements
        .filter(({ actions }) => actions.includes('ecr:CreateRepository'))
        .map(({ resources }) => ({ role, resources })),
    );
    expect(makers).toEqual([{ role: 'Release', resources: [RELEASES] }]);
  });

  describe('with a reader', () => {
    const git = { host: 'github', repository: 'example/monorepo', reader: 'token' } as const;
    const split = synthesize({ settings: { git, notices: { chats: ['slack', 'teams'] } } }).toJSON();
    const found = statementsOf(split);
    const ofReader = (statement: Statement): Statement => ({
      ...statement,
      resources: statement.resources.map((name) => (name === 'SecretsGit' ? 'SecretsGitReader' : name)),
    });

    test.each(Object.keys(EXPECTED))(
      '%s has the rights of its row, and the login that writes only to commit',
      (role) => {
        const row = (EXPECTED[role] ?? []).map(role === 'Commit' ? (statement) => statement : ofReader);
        const traced = `${role}Function` in split.Resources ? [right(TRACE, '*')] : [];
        expect(sorted(found[role] ?? [])).toEqual(sorted([...row, ...traced]));
      },
    );

    test('the functions get the name of the secret that they may read', () => {
      const told = ['Plan', 'Preview', 'Reconcile', 'Report', 'Commit'].map(
        (name) => split.Resources[`${name}Function`].Properties.Environment.Variables.GIT_SECRET_ARN.Ref,
      );
      expect(told.map((ref: string) => ref.replace(/[0-9A-F]{8}$/, ''))).toEqual([
        ...Array(4).fill('SecretsGitReader'),
        'SecretsGit',
      ]);
      expect(split.Outputs.GitReaderSecretArn).toBeDefined();
      expect(template.Outputs.GitReaderSecretArn).toBeUndefined();
    });
  });

  test('a registry that is not ECR is reached with a secret by plan, preview and release, and by no right of ECR', () => {
    const other = statementsOf(
      synthesize({ settings: { releases: { host: 'registry-1.docker.io', namespace: 'shop' } } }).toJSON(),
    );

    const readers = Object.entries(other).filter(([, statements]) =>
      statements.some(({ resources }) => resources.includes('SecretsRegistry')),
    );
    expect(readers.map(([role]) => role).sort()).toEqual(['Plan', 'Preview', 'Release']);
    expect(JSON.stringify(other)).not.toContain(RELEASES);
  });

  test('a right on all resources belongs to an action without narrower resources', () => {
    const everything = Object.values(rights).flatMap((statements) =>
      statements.filter(({ resources }) => resources.includes('*')).flatMap(({ actions }) => actions),
    );
    const known = ['ecr:GetAuthorizationToken', ...LOG_DELIVERY, ...SAMPLE, ...TRACE];
    expect(everything.filter((action) => !known.includes(action))).toEqual([]);
  });

  test('every role may be assumed by one service for this account only', () => {
    const roles = Object.values(template.Resources as Record<string, Role>).filter(
      ({ Type }) => Type === 'AWS::IAM::Role',
    );
    expect(roles).toHaveLength(Object.keys(EXPECTED).length);
    for (const { Properties } of roles) {
      const [statement, ...others] = Properties.AssumeRolePolicyDocument.Statement;
      expect(others).toEqual([]);
      expect(statement).toEqual({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: expect.stringMatching(/^(lambda|codebuild|states)\.amazonaws\.com$/) },
        Condition: expect.objectContaining({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
      });
      // Lambda names no function while one is being made.
      const isLambda = statement?.Principal.Service === 'lambda.amazonaws.com';
      expect('ArnLike' in (statement?.Condition ?? {})).toBe(!isLambda);
    }
  });
});
