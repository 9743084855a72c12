/** The reasons for rights without which no probe fails. A right that is neither needed nor explained fails the rehearsal. */

interface Reason {
  /** Matches `Role action`. */
  readonly rights: RegExp;
  readonly reason: string;
}

const REASONS: readonly Reason[] = [
  {
    rights: /^PipelineStateMachineRole logs:/,
    reason: 'Step Functions delivers its log with these rights; the emulator has no such log',
  },
  {
    rights: /^\w+ (logs:CreateLogStream|logs:PutLogEvents)$/,
    reason: 'Lambda and CodeBuild write the log with the role; the emulator does not use the role',
  },
  {
    rights: /^\w+ xray:/,
    reason: 'Lambda and Step Functions send traces with the role; the emulator sends none',
  },
  {
    rights: /^\w+ s3:AbortMultipartUpload$/,
    reason: 'aborts a failed multipart upload (more than 5 MiB); the objects of a rehearsal are smaller',
  },
  {
    rights: /^FailFastRole s3:ListBucket$/,
    reason: 'without it, the function fails as long as no job has failed, and its state starts the job anyway',
  },
  {
    rights: /^PipelineStateMachineRole PipelineOwnRuns states:DescribeExecution$/,
    reason:
      'Step Functions polls a run that it waits for if the event of its end is late (Step Functions guide, "IAM policies for calling nested workflows"); the emulator waits for the run itself',
  },
  {
    rights: /^ReleaseRole dynamodb:GetItem$/,
    reason: 'reads the run that claimed a version, for the error message; the version is refused anyway',
  },
  {
    rights: /^ReleaseRole ecr:ListImages$/,
    reason: 'one list of the candidates saves three requests for each image; without it, each image is requested',
  },
  {
    rights: /^ReconcileRole s3:GetObject$/,
    reason:
      'reads the report of the run that committed the head of a branch; no probe loses a push before such a commit',
  },
  {
    rights: /^\w+ s3:ListBucket$/,
    reason: 'without it, S3 answers 403 instead of 404 for a missing object; in no probe does the role read one',
  },
  {
    rights: /^(Builder|CommandRunner)Role s3:GetObjectVersion$/,
    reason:
      'CodeBuild reads a source in a versioned bucket by its version (CodeBuild user guide, "Allow CodeBuild to interact")',
  },
  {
    // The embedded builder reads manifests itself, so that only with a Docker engine no probe uses the first one.
    rights: /^BuilderRole ecr:(BatchGetImage|GetDownloadUrlForLayer)$/,
    reason:
      'builds pull released images that a Dockerfile names in FROM; in a rehearsal every image is built from scratch',
  },
];

/** Returns the reason for a right, or undefined if there is none. */
export function reasonFor(role: string, action: string): string | undefined {
  return REASONS.find(({ rights }) => rights.test(`${role} ${action}`))?.reason;
}
