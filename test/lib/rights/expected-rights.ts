/** The exact rights of every role, by its name without `Role`; published modules add to them (`modules.test.ts`). */
import type { Statement } from './role-statements';

export const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
export const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
export const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
export const WRITE = ['s3:AbortMultipartUpload', 's3:PutObject'];
/** What Step Functions needs to write its own log, and traces: IAM knows no narrower resource for these than all. */
export const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];
export const TRACE = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
export const SAMPLE = ['xray:GetSamplingRules', 'xray:GetSamplingTargets'];
export const CANDIDATES = 'ecr:repository/pipeline/candidates';
export const RELEASES = 'ecr:repository/shop/*';

/** A statement without a condition. */
export function right(actions: readonly string[], ...resources: readonly string[]): Statement {
  return { actions: [...actions].sort(), resources: [...resources].sort() };
}

/** What CodeBuild needs to bring a job the folder of its source. */
function fetchingSource(): readonly Statement[] {
  return [
    right(['s3:GetObject', 's3:GetObjectVersion'], 'StoreBucket/sources/*/source.tar.gz'),
    right(['s3:GetBucketAcl', 's3:GetBucketLocation'], 'StoreBucket'),
    { ...right(['s3:ListBucket'], 'StoreBucket'), condition: { StringLike: { 's3:prefix': 'sources/*/' } } },
  ];
}

/** A function that events call sends an event that it could not process to the dead letters. */
const DEAD_LETTERS = right(['sqs:SendMessage'], 'DeadLetters');

/** By role. Every function may send its traces besides. */
export const EXPECTED: Readonly<Record<string, readonly Statement[]>> = {
  Plan: [
    right(LOG, 'PlanLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(
      ['s3:GetObject'],
      'StoreBucket/runs/*/plan.json',
      'StoreBucket/inputs/*/*.json',
      'StoreBucket/sources/*/source.tar.gz',
      'StoreBucket/manifests/*.json',
      'StoreBucket/candidates/*.json',
      'StoreBucket/times.json',
    ),
    right(
      WRITE,
      'StoreBucket/inputs/*/*.json',
      'StoreBucket/runs/*/plan.json',
      'StoreBucket/sources/*/source.tar.gz',
      'StoreBucket/manifests/*.json',
    ),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['ecr:BatchGetImage'], CANDIDATES, RELEASES),
  ],
  Candidate: [
    right(LOG, 'CandidateLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/manifests/*.json'),
    right(WRITE, 'StoreBucket/manifests/*.json', 'StoreBucket/candidates/*.json', 'StoreBucket/built/*.json'),
    right(['ecr:BatchGetImage'], CANDIDATES),
  ],
  Outcome: [
    right(LOG, 'OutcomeLog'),
    right(WRITE, 'StoreBucket/runs/*/failures/*.json', 'StoreBucket/runs/*/failed-*.json'),
  ],
  Approval: [
    right(LOG, 'ApprovalLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/plan.json', 'StoreBucket/runs/*/failures/*.json'),
    right(WRITE, 'StoreBucket/runs/*/approval.json'),
    right(['sns:Publish'], 'OperationsNoticesTopic'),
  ],
  Release: [
    right(LOG, 'ReleaseLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(
      ['s3:GetObject'],
      'StoreBucket/runs/*/plan.json',
      'StoreBucket/runs/*/failures/*.json',
      'StoreBucket/manifests/*.json',
    ),
    right(WRITE, 'StoreBucket/runs/*/tagged/*.json', 'StoreBucket/runs/*/release.json', 'StoreBucket/manifests/*.json'),
    right(['dynamodb:GetItem', 'dynamodb:PutItem'], 'ClaimsTable'),
    right(['ecr:GetAuthorizationToken'], '*'),
    right([...PULL, 'ecr:ListImages'], CANDIDATES),
    right([...PULL, ...PUSH, 'ecr:CreateRepository'], RELEASES),
  ],
  Commit: [
    right(LOG, 'CommitLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/release.json'),
    right(WRITE, 'StoreBucket/runs/*/commit.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
  ],
  Report: [
    right(LOG, 'ReportLog'),
    DEAD_LETTERS,
    right(['s3:ListBucket'], 'StoreBucket'),
    right(
      ['s3:GetObject'],
      'StoreBucket/runs/*/plan.json',
      'StoreBucket/candidates/*.json',
      'StoreBucket/runs/*/published/*.json',
      'StoreBucket/runs/*/failures/*.json',
      'StoreBucket/runs/*/tagged/*.json',
      'StoreBucket/runs/*/release.json',
      'StoreBucket/runs/*/commit.json',
      'StoreBucket/runs/*/report.json',
      'StoreBucket/times.json',
    ),
    right(
      WRITE,
      'StoreBucket/runs/*/report.json',
      'StoreBucket/runs/*/summary.md',
      'StoreBucket/runs/*/run.html',
      'StoreBucket/runs/*/timeline.json',
      'StoreBucket/times.json',
    ),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
  ],
  End: [right(LOG, 'EndLog')],
  Webhook: [
    right(LOG, 'WebhookLog'),
    right(['secretsmanager:GetSecretValue'], 'SecretsWebhook'),
    right(['states:StartExecution'], 'PipelineStateMachine'),
    right(['lambda:InvokeFunction'], 'PreviewFunction'),
    right(['states:DescribeExecution'], 'states:execution:PipelineStateMachine:*'),
  ],
  Preview: [
    right(LOG, 'PreviewLog'),
    DEAD_LETTERS,
    right(['s3:ListBucket'], 'StoreBucket'),
    right(
      ['s3:GetObject'],
      'StoreBucket/inputs/*/*.json',
      'StoreBucket/previews/*.json',
      'StoreBucket/candidates/*.json',
      'StoreBucket/times.json',
    ),
    right(WRITE, 'StoreBucket/previews/*.json', 'StoreBucket/previews/*.html'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['ecr:BatchGetImage'], CANDIDATES, RELEASES),
  ],
  Reconcile: [
    right(LOG, 'ReconcileLog'),
    right(['s3:ListBucket'], 'StoreBucket'),
    right(['s3:GetObject'], 'StoreBucket/runs/*/report.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsGit'),
    right(['states:ListExecutions', 'states:StartExecution'], 'PipelineStateMachine'),
  ],
  Notify: [
    right(LOG, 'NotifyLog'),
    DEAD_LETTERS,
    right(['s3:GetObject'], 'StoreBucket/runs/*/report.json'),
    right(['secretsmanager:GetSecretValue'], 'SecretsChat'),
  ],
  Builder: [
    right(LOG, 'BuilderLog'),
    right(['s3:GetObject'], 'asset'),
    ...fetchingSource(),
    right(['ecr:GetAuthorizationToken'], '*'),
    right([...PULL, ...PUSH], CANDIDATES),
    right(PULL, RELEASES),
  ],
  PipelineStateMachine: [
    ...['Plan', 'Candidate', 'Outcome', 'Approval', 'Release', 'Commit', 'Report', 'End'].map((name) =>
      right(['lambda:InvokeFunction'], `${name}Function`, `${name}Function:*`),
    ),
    right(['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'], 'BuilderProject'),
    right(
      ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      'events:rule/StepFunctionsGetEventForCodeBuildStartBuildRule',
    ),
    right(LOG_DELIVERY, '*'),
    right([...SAMPLE, ...TRACE], '*'),
  ],
};
