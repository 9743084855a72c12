/** Who may do what: the exact rights of every role, and what no role may ever have. */
import { type Statement, statementsOf } from './role-statements';
import { synthesize } from './synthesized';

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const WRITE = ['s3:AbortMultipartUpload', 's3:PutObject'];
const CANDIDATES = 'ecr:repository/pipeline/candidates';
const RELEASES = 'ecr:repository/shop/*';

const template = synthesize().toJSON();
const rights = statementsOf(template);

function right(actions: readonly string[], ...resources: readonly string[]): Statement {
  return { actions: [...actions].sort(), resources: [...resources].sort() };
}

const EXPECTED: Readonly<Record<string, readonly Statement[]>> = {
  Plan: [
    right(LOG, 'PlanLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(
      ['s3:GetObject'],
      'StoreBucket/inputs/*/*.json',
      'StoreBucket/sources/*.tar.gz',
      'StoreBucket/manifests/*.json',
    ),
    right(
      WRITE,
      'StoreBucket/inputs/*/*.json',
      'StoreBucket/runs/*/plan.json',
      'StoreBucket/sources/*.tar.gz',
      'StoreBucket/manifests/*.json',
    ),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['ecr:GetAuthorizationToken'], '*'),
    right(['ecr:BatchGetImage'], CANDIDATES, RELEASES),
  ],
  Outcome: [right(LOG, 'OutcomeLog')],
  Approval: [right(LOG, 'ApprovalLog'), right(WRITE, 'StoreBucket/runs/*/approval.json')],
  Release: [
    right(LOG, 'ReleaseLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/plan.json', 'StoreBucket/manifests/*.json'),
    right(WRITE, 'StoreBucket/runs/*/release.json', 'StoreBucket/manifests/*.json'),
    right(['dynamodb:PutItem'], 'ClaimsTable'),
    right(['ecr:GetAuthorizationToken'], '*'),
    right(PULL, CANDIDATES),
    right([...PULL, ...PUSH], RELEASES),
  ],
  Commit: [
    right(LOG, 'CommitLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/release.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
  ],
  Report: [
    right(LOG, 'ReportLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/plan.json'),
    right(WRITE, 'StoreBucket/runs/*/report.json', 'StoreBucket/runs/*/summary.md'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
  ],
  Webhook: [
    right(LOG, 'WebhookLog'),
    right(['secretsmanager:GetSecretValue'], 'SecretsWebhook'),
    right(['states:StartExecution'], 'PipelineStateMachine'),
    right(['lambda:InvokeFunction'], 'PreviewFunction'),
    right(['states:DescribeExecution'], 'states:execution:PipelineStateMachine:*'),
  ],
  Preview: [
    right(LOG, 'PreviewLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/inputs/*/*.json', 'StoreBucket/runs/*/plan.json'),
    right(WRITE, 'StoreBucket/runs/*/plan.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['ecr:GetAuthorizationToken'], '*'),
    right(['ecr:BatchGetImage'], CANDIDATES, RELEASES),
  ],
  Reconcile: [
    right(LOG, 'ReconcileLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/report.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['states:ListExecutions', 'states:StartExecution'], 'PipelineStateMachine'),
  ],
  Builder: [
    right(LOG, 'BuilderLog'),
    right(['s3:GetObject'], 'asset'),
    right(['s3:GetObject'], 'StoreBucket/sources/*.tar.gz'),
    right(['ecr:GetAuthorizationToken'], '*'),
    right([...PULL, ...PUSH], CANDIDATES),
    right(PULL, RELEASES),
  ],
  PipelineStateMachine: [
    ...['Plan', 'Outcome', 'Approval', 'Release', 'Commit', 'Report'].map((name) =>
      right(['lambda:InvokeFunction'], `${name}Function`, `${name}Function:*`),
    ),
    right(['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'], 'BuilderProject'),
    right(
      ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      'events:rule/StepFunctionsGetEventForCodeBuildStartBuildRule',
    ),
    // Step Functions needs these on all resources to write its own log and traces.
    right(
      [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ],
      '*',
    ),
    right(
      ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      '*',
    ),
  ],
};

/** In one order, so that sets can be compared. */
function sorted(statements: readonly Statement[]): string[] {
  return statements.map((statement) => JSON.stringify(statement)).sort();
}

describe('rights', () => {
  test('every role of the stack has its row in the table', () => {
    expect(Object.keys(rights).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(Object.keys(EXPECTED))('%s has exactly the rights of its row', (role) => {
    expect(sorted(rights[role] ?? [])).toEqual(sorted(EXPECTED[role] ?? []));
  });

  test('no role has a managed policy', () => {
    const roles = Object.values(template.Resources).filter(
      (each) => (each as { Type: string }).Type === 'AWS::IAM::Role',
    );
    expect(roles.filter((role) => 'ManagedPolicyArns' in (role as { Properties: object }).Properties)).toEqual([]);
  });

  test('nobody may delete an image, change a repository, pass a role or use a wildcard action', () => {
    const all = Object.values(rights).flatMap((statements) => statements.flatMap(({ actions }) => actions));
    expect(all.filter((action) => /\*|^iam:|^ecr:.*(Delete|Policy|Mutability|Lifecycle)/.test(action))).toEqual([]);
  });

  test('builds cannot write a release repository, read a secret or start anything', () => {
    const actions = (rights.Builder ?? []).filter(({ resources }) => !resources.includes(CANDIDATES));
    expect(
      actions.flatMap((each) => each.actions).filter((each) => /Put|Upload|Secret|Start|Assume/.test(each)),
    ).toEqual(['logs:PutLogEvents']);
  });

  test('only the release step may write release repositories', () => {
    const writers = Object.entries(rights).filter(([, statements]) =>
      statements.some(({ actions, resources }) => actions.includes('ecr:PutImage') && resources.includes(RELEASES)),
    );
    expect(writers.map(([role]) => role)).toEqual(['Release']);
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

  test.each(['codebuild', 'states'])('%s may take its role for this account alone', (service) => {
    const trusts = Object.values(template.Resources)
      .map((each) => (each as { Properties?: { AssumeRolePolicyDocument?: { Statement: unknown[] } } }).Properties)
      .flatMap((properties) => properties?.AssumeRolePolicyDocument?.Statement ?? [])
      .filter((statement) => JSON.stringify(statement).includes(`${service}.amazonaws.com`));
    expect(trusts).toHaveLength(1);
    expect(trusts[0]).toMatchObject({
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': expect.anything() },
      },
    });
  });
});
