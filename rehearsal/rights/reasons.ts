/** Why a right is there that no probe fails without. A right with neither fails the rehearsal: it is explained, or it goes. */

interface Reason {
  /** Of `Role action`. */
  readonly rights: RegExp;
  readonly reason: string;
}

const REASONS: readonly Reason[] = [
  {
    rights: /^PipelineStateMachineRole logs:/,
    reason: 'Step Functions delivers its log with these; the emulator keeps no such log',
  },
  {
    rights: /^\w+ (logs:CreateLogStream|logs:PutLogEvents)$/,
    reason: 'Lambda and CodeBuild write the log with the role; the emulator writes it as itself',
  },
  {
    rights: /^\w+ xray:/,
    reason: 'Lambda and Step Functions send traces with the role; the emulator sends none',
  },
  {
    rights: /^\w+ s3:AbortMultipartUpload$/,
    reason: 'only a write in parts (more than 5 MiB) that broke off is given up; the objects of a rehearsal are small',
  },
  {
    rights: /^FailFastRole s3:ListBucket$/,
    reason: 'without it the function fails as long as no job has failed, and its state starts the job all the same',
  },
  {
    rights: /^PipelineStateMachineRole PipelineOwnRuns states:DescribeExecution$/,
    reason:
      'Step Functions asks for a run that it waits for if the event of its end is late (Step Functions guide, "IAM policies for calling nested workflows"); the emulator waits for the run itself',
  },
  {
    rights: /^ReleaseRole dynamodb:GetItem$/,
    reason: 'reads who gave a version that is taken, for the words of the refusal; the version is refused all the same',
  },
  {
    rights: /^ReleaseRole ecr:ListImages$/,
    reason:
      'one list of the candidates saves three requests for each image; without it the images are asked one by one',
  },
  {
    rights: /^ReconcileRole s3:GetObject$/,
    reason:
      'reads the report of the run that made the head of a branch; no push of a probe is lost below such a head, so that no run is missed without it',
  },
  {
    rights: /^\w+ s3:ListBucket$/,
    reason: 'without it S3 answers 403 instead of 404 for a missing object; no probe has the role ask for one',
  },
  {
    rights: /^(Builder|CommandRunner)Role s3:GetObjectVersion$/,
    reason:
      'CodeBuild reads a source in a versioned bucket by its version (CodeBuild user guide, "Allow CodeBuild to interact")',
  },
  {
    rights: /^BuilderRole ecr:GetDownloadUrlForLayer$/,
    reason:
      'builds pull released images that a Dockerfile names in FROM; in a rehearsal every image is built from scratch',
  },
];

/** The reason, or undefined if there is none. */
export function reasonFor(role: string, action: string): string | undefined {
  return REASONS.find(({ rights }) => rights.test(`${role} ${action}`))?.reason;
}
