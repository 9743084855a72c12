/** `pipeline approve` and `pipeline reject`: answer a run that waits for approval. */
import type { Command } from 'commander';
import { InvalidInputError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Approval, ApprovalAnswer } from '../../core/contract/release';
import type { ObjectStore } from '../../core/ports/store';
import { type CommandContext, DEPLOYED, DEPLOYED_REGION, EXIT, HOME } from '../context';
import type { StackOptions } from '../deployed-stack';
import { printLine } from '../output/print';
import { bucketOf, bucketOption, type RunStoreOptions, storeOfBucket, storeOfHome } from '../run-store';

/** The home is unused with a stack or a bucket. */
type ApproveOptions = RunStoreOptions & { readonly home: string };

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
  return command
    .argument('<run>', 'its name')
    .option(...DEPLOYED)
    .option(...DEPLOYED_REGION)
    .addOption(bucketOption())
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
  else await answerHere(run, given, storeOfHome(options.home));
  printLine(stdout, `${run}: ${given.approved ? 'approved' : 'rejected'}`);
  setExitCode(EXIT.done);
}

async function answerHere(run: string, given: ApprovalAnswer, store: ObjectStore): Promise<void> {
  const approval = await readApproval(run, store);
  const isOver = (await store.exists(objectKeys.report(run))) || Date.parse(approval.until) < Date.now();
  if (isOver || (await store.exists(objectKeys.answer(run)))) throw refuse(run, NO_LONGER);
  await store.put(objectKeys.answer(run), JSON.stringify(given));
}

async function answerInAws(
  run: string,
  given: ApprovalAnswer,
  bucket: string,
  { region }: StackOptions,
): Promise<void> {
  const [{ SFNClient }, { sendAnswer }] = await Promise.all([
    import('@aws-sdk/client-sfn'),
    import('../../adapters/aws/executions'),
  ]);
  const { token } = await readApproval(run, await storeOfBucket(bucket, region));
  if (!(await sendAnswer(new SFNClient(region === undefined ? {} : { region }), token, given)))
    throw refuse(run, NO_LONGER);
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
