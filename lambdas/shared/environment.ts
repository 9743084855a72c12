/** The environment variables of the Lambda functions. Constructs set them and handlers read them by these names. */
export const LAMBDA_ENV = {
  /** JSON of `Settings`. */
  settings: 'PIPELINE_SETTINGS',
  /** Bucket of plans, release records, reports and source archives. */
  bucket: 'PIPELINE_BUCKET',
  /** DynamoDB table of version claims. */
  claimsTable: 'CLAIMS_TABLE',
  /** JSON list of the stage names that the deployed state machine has. */
  stages: 'PIPELINE_STAGES',
  /** The `JobSource` of the deployed state machine. */
  jobs: 'PIPELINE_JOBS',
  /** JSON list of the stages that publish modules; unset if none does. */
  publishing: 'PIPELINE_PUBLISHING',
  /** JSON of the package index: domain and repository of CodeArtifact; unset if no module is published. */
  packageIndex: 'PACKAGE_INDEX',
  /** Secret with the git host's token or a GitHub App's private key: the writer's for the commit step, otherwise the reader's. */
  gitSecret: 'GIT_SECRET_ARN',
  /** The same for the values repository; unset if the monorepo has the values files, and for CodeCommit. */
  valuesGitSecret: 'VALUES_GIT_SECRET_ARN',
  /** Secret with user name and password of the release registry; unset for ECR. */
  registrySecret: 'REGISTRY_SECRET_ARN',
  /** Secret that signs webhook deliveries. */
  webhookSecret: 'WEBHOOK_SECRET_ARN',
  /** Secret with the webhook addresses of chats. */
  chatSecret: 'CHAT_SECRET_ARN',
  /** The topic of notices. */
  topic: 'NOTICE_TOPIC_ARN',
  /** The name of the stack, for commands in notices. */
  stack: 'PIPELINE_STACK',
  /** The function that comments on pull requests. */
  previewFunction: 'PREVIEW_FUNCTION_ARN',
  /** The name of the commit function's role, whose pushes to CodeCommit start nothing. */
  committer: 'COMMIT_ROLE_NAME',
  /** The state machine that a webhook starts. */
  stateMachine: 'STATE_MACHINE_ARN',
} as const;

export type LambdaEnvName = keyof typeof LAMBDA_ENV;

/** Reads the named variables. Throws one error that lists every missing one. */
export function readEnv<Name extends LambdaEnvName>(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => !env[LAMBDA_ENV[name]]).map((name) => LAMBDA_ENV[name]);
  if (missing.length > 0) {
    throw new Error(`environment variables are not set: ${missing.join(', ')}; deploy the stack again`);
  }
  return Object.fromEntries(names.map((name) => [name, env[LAMBDA_ENV[name]]])) as Record<Name, string>;
}

/** The variables of each function by the folder of its step. Its construct sets these, and its handler reads no others. */
export const STEP_ENV = {
  approval: ['settings', 'bucket', 'topic', 'stack'],
  candidate: ['settings', 'bucket'],
  commit: ['settings', 'bucket', 'gitSecret'],
  'fail-fast': ['bucket'],
  notify: ['settings', 'bucket', 'chatSecret'],
  outcome: ['bucket'],
  plan: ['settings', 'bucket', 'stages', 'jobs', 'gitSecret'],
  preview: ['settings', 'bucket', 'stages', 'gitSecret'],
  publish: ['bucket', 'packageIndex', 'claimsTable'],
  reconcile: ['settings', 'bucket', 'gitSecret', 'stateMachine'],
  release: ['settings', 'bucket', 'claimsTable'],
  report: ['settings', 'bucket', 'gitSecret'],
  'repository-events': ['settings', 'stateMachine', 'previewFunction', 'committer'],
  rollout: ['settings', 'bucket', 'gitSecret'],
  scan: ['settings', 'bucket', 'gitSecret'],
  tag: ['settings', 'bucket', 'gitSecret'],
  webhook: ['settings', 'webhookSecret', 'stateMachine', 'previewFunction'],
} as const satisfies Readonly<Record<string, readonly LambdaEnvName[]>>;
