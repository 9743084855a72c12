/** `pipeline approve` and `pipeline reject`: answer a run that waits for approval. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createDiskObjectStore } from '../../adapters/disk/disk-store';
import { InvalidInputError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Approval, ApprovalAnswer } from '../../core/contract/release';
import type { ObjectStore } from '../../core/ports/store';
import { homePaths } from '../../local/runtime/home';
import { type CommandContext, DEPLOYED, DEPLOYED_REGION, EXIT, HOME } from '../context';
import type { StackOptions } from '../deployed-stack';
import { printLine } from '../output/print';

interface ApproveOptions extends StackOptions {
  /** The folder of a local pipeline; unused with a stack or a bucket. */
  readonly home: string;
  /** The bucket of a deployment; unused with a stack, whose output names it. */
  readonly bucket?: string;
}

/** Adds options and action of `approve`. */
export function configureApprove(command: Command, context: CommandContext): void {
  withPlace(command).action((run: string, options: ApproveOptions) =>
    answer(run, { approved: true }, options, context),
  );
}

/** Adds options and action of `reject`. */
export function configureReject(command: Command, context: CommandContext): void {
  withPlace(command)
    .option('--reason <text>', 'why, for the report of the run')
    .action((run: string, { reason, ...options }: ApproveOptions & { readonly reason?: string }) =>
      answer(run, { approved: false, ...(reason === undefined ? {} : { reason }) }, options, context),
    );
}

function withPlace(command: Command): Command {
  const bucket = new Option('--bucket <name>', 'without --stack: the bucket of the deployment');
  return command
    .argument('<run>', 'its name')
    .option(...DEPLOYED)
    .option(...DEPLOYED_REGION)
    .addOption(bucket.env('PIPELINE_BUCKET'))
    .option(...HOME);
}

/** Stores or sends the answer, and prints it. Throws `InvalidInput` if the run does not wait for one. */
async function answer(
  run: string,
  given: ApprovalAnswer,
  options: ApproveOptions,
  { stdout, setExitCode }: CommandContext,
): Promise<void> {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(run)) throw refuse(run, 'is not the name of a run');
  const bucket = await bucketOf(options);
  if (bucket !== undefined) await answerInAws(run, given, bucket, options);
  else await answerHere(run, given, createDiskObjectStore(homePaths(resolve(options.home)).objects));
  printLine(stdout, `${run}: ${given.approved ? 'approved' : 'rejected'}`);
  setExitCode(EXIT.done);
}

async function answerHere(run: string, given: ApprovalAnswer, store: ObjectStore): Promise<void> {
  const approval = await readApproval(run, store);
  const isOver = (await store.exists(objectKeys.report(run))) || Date.parse(approval.until) < Date.now();
  if (isOver || (await store.exists(objectKeys.answer(run)))) throw refuse(run, NO_LONGER);
  await store.put(objectKeys.answer(run), JSON.stringify(given));
}

async function bucketOf({ stack, bucket, ...options }: ApproveOptions): Promise<string | undefined> {
  if (stack === undefined) return bucket;
  const { readDeployedStack } = await import('../deployed-stack');
  return (await readDeployedStack(stack, options, ['StoreBucketName'])).StoreBucketName;
}

async function answerInAws(
  run: string,
  given: ApprovalAnswer,
  bucket: string,
  { region }: StackOptions,
): Promise<void> {
  const [{ S3Client }, { SFNClient }, { createS3ObjectStore }, { sendAnswer }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-sfn'),
    import('../../adapters/aws/s3-object-store'),
    import('../../adapters/aws/executions'),
  ]);
  const client = region === undefined ? {} : { region };
  const { token } = await readApproval(run, createS3ObjectStore(new S3Client(client), bucket));
  if (!(await sendAnswer(new SFNClient(client), token, given))) throw refuse(run, NO_LONGER);
}

const NO_LONGER = 'is no longer waiting for approval';

async function readApproval(run: string, store: ObjectStore): Promise<Approval> {
  const body = await store.get(objectKeys.approval(run));
  if (body === undefined)
    throw refuse(run, 'is not waiting for approval; check the name, and --stack, --bucket or --home');
  return JSON.parse(body.toString('utf8')) as Approval;
}

function refuse(run: string, message: string): InvalidInputError {
  return new InvalidInputError('the answer was not sent', [{ path: run.slice(0, 80), message }]);
}
