/** `pipeline approvals`, `approve` and `reject`: list the runs that wait for approval, and answer one. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { InvalidInputError, messageOf } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import { type Approval, type ApprovalAnswer, WAITING_STATE } from '../../core/contract/release';
import type { ObjectStore } from '../../core/ports/store';
import { LONGEST_COMMENT, refuseOwnApproval } from '../../core/report/approval';
import { present } from '../../core/text/present';
import { readIfStored } from '../../lambdas/shared/stored';
import { homePaths, readLocalSettings } from '../../local/runtime/home';
import { openApproval, storeAnswer } from '../../local/runtime/local-services';
import { awsCaller, localCaller } from '../caller';
import { type CommandContext, DEPLOYED, DEPLOYED_REGION, EXIT, HOME, JSON_OUT } from '../context';
import { printJson, printLine, table } from '../output/print';
import { bucketOf, bucketOption, type RunStoreOptions, storeOfBucket, storeOfHome } from '../run-store';

/** The home is unused with a stack or a bucket. */
type ApproveOptions = RunStoreOptions & { readonly home: string };

/** Adds options and action of `approve`. */
export function configureApprove(command: Command, context: CommandContext): void {
  withPlace(command.argument('<run>', 'its name'))
    .option('--comment <text>', 'what you checked, for the report, the notice and the commit')
    .action((run: string, { comment, ...options }: ApproveOptions & { readonly comment?: string }) =>
      answer(run, { approved: true, ...present({ comment: checkedComment(comment) }) }, options, context),
    );
}

/** Adds options and action of `reject`. */
export function configureReject(command: Command, context: CommandContext): void {
  withPlace(command.argument('<run>', 'its name'))
    .option('--reason <text>', 'why, for the report of the run')
    .action((run: string, { reason, ...options }: ApproveOptions & { readonly reason?: string }) =>
      answer(run, { approved: false, ...present({ reason }) }, options, context),
    );
}

/** Adds options and action of `approvals`. */
export function configureApprovals(command: Command, context: CommandContext): void {
  withPlace(command)
    .addOption(new Option('--state-machine <arn>', 'without --stack: the state machine').env('PIPELINE_STATE_MACHINE'))
    .option(...JSON_OUT)
    .action((options: ListOptions) => list(options, context));
}

function withPlace(command: Command): Command {
  return command
    .option(...DEPLOYED)
    .option(...DEPLOYED_REGION)
    .addOption(bucketOption())
    .option(...HOME);
}

function checkedComment(comment: string | undefined): string | undefined {
  if (comment === undefined || comment.length <= LONGEST_COMMENT) return comment;
  const message = `has ${comment.length} characters; at most ${LONGEST_COMMENT} are allowed, so shorten it`;
  throw new InvalidInputError('the answer was not sent', [{ path: '--comment', message }]);
}

/** Stores or sends the answer, and prints it. Throws `InvalidInput` if the run does not wait for one from this person. */
async function answer(
  run: string,
  answered: ApprovalAnswer,
  options: ApproveOptions,
  { stdout, setExitCode }: CommandContext,
): Promise<void> {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(run)) throw refuse(run, 'is not the name of a run');
  const bucket = await bucketOf(options);
  const { by } = await (bucket === undefined
    ? answerHere(run, answered, storeOfHome(options.home))
    : answerInAws(run, answered, bucket, options));
  printLine(stdout, `${run}: ${answered.approved ? 'approved' : 'rejected'} by ${by}`);
  setExitCode(EXIT.done);
}

async function answerHere(run: string, answered: ApprovalAnswer, store: ObjectStore): Promise<ApprovalAnswer> {
  await readApproval(run, store);
  const approval = await openApproval(run, store, Date.now());
  if (approval === undefined) throw refuse(run, NO_LONGER);
  const signed = signedBy(localCaller(), answered, approval);
  await storeAnswer(approval, signed, store);
  return signed;
}

async function answerInAws(
  run: string,
  answered: ApprovalAnswer,
  bucket: string,
  { region }: ApproveOptions,
): Promise<ApprovalAnswer> {
  const [{ SFNClient }, { sendAnswer }, store] = await Promise.all([
    import('@aws-sdk/client-sfn'),
    import('../../adapters/aws/executions'),
    storeOfBucket(bucket, region),
  ]);
  const approval = await readApproval(run, store);
  const signed = signedBy(await awsCaller(region), answered, approval);
  const client = new SFNClient(region === undefined ? {} : { region });
  if (!(await sendAnswer(client, approval.token, signed))) throw refuse(run, NO_LONGER);
  return signed;
}

/** Adds the person. Throws `InvalidInput` if the person started the run, and the environment forbids that they approve it. */
function signedBy(by: string, answered: ApprovalAnswer, approval: Approval): ApprovalAnswer {
  try {
    if (answered.approved) refuseOwnApproval(approval, { by });
  } catch (error) {
    throw refuse(approval.run, messageOf(error));
  }
  return { ...answered, by };
}

const NO_LONGER = 'is no longer waiting for approval';

async function readApproval(run: string, store: ObjectStore): Promise<Approval> {
  const approval = await readIfStored<Approval>(store, objectKeys.approval(run));
  if (approval !== undefined) return approval;
  throw refuse(run, 'is not waiting for approval; check the name, and --stack, --bucket or --home');
}

function refuse(run: string, message: string): InvalidInputError {
  return new InvalidInputError('the answer was not sent', [{ path: run.slice(0, 80), message }]);
}

type ListOptions = ApproveOptions & { readonly stateMachine?: string; readonly json: boolean };

/** Prints the runs that wait, the one with the nearest deadline first. The task token, by which anybody may answer, is left out. */
async function list(options: ListOptions, { stdout }: CommandContext): Promise<void> {
  const bucket = await bucketOf(options);
  const found = await (bucket === undefined ? waitingHere(options.home) : waitingInAws(bucket, options));
  const waiting = found
    .map(({ token: _, schema: __, redrives: ___, ...facts }) => facts)
    .sort((a, b) => (a.until < b.until ? -1 : 1));
  if (options.json) return printJson(stdout, waiting, 0);
  if (waiting.length === 0) return printLine(stdout, 'no run waits for approval');
  const rows = waiting.map(({ run, title = '', startedBy = 'unknown', notByStarter, until }) => [
    run,
    title,
    `${startedBy}${notByStarter === true ? ' (must not approve)' : ''}`,
    until.slice(0, 16).replace('T', ' '),
  ]);
  printLine(stdout, table(['run', 'what', 'started by', 'answer by (UTC)'], rows));
}

async function waitingHere(home: string): Promise<readonly Approval[]> {
  await readLocalSettings(resolve(home));
  const runs = await readdir(join(homePaths(resolve(home)).objects, 'runs')).catch(() => []);
  const store = storeOfHome(home);
  const open = await Promise.all(runs.map((run) => openApproval(run, store, Date.now())));
  return open.filter((approval) => approval !== undefined);
}

/** A run waits if that is the state which it entered last. Its question stays stored after the answer. */
async function waitingInAws(bucket: string, options: ListOptions): Promise<readonly Approval[]> {
  const store = await storeOfBucket(bucket, options.region);
  const waiting: Approval[] = [];
  const { withStates } = await import('../states-client');
  await withStates(options, async ({ viewer }) => {
    for (const { name } of await viewer.running()) {
      if ((await viewer.lastState(name)) !== WAITING_STATE) continue;
      const approval = await readIfStored<Approval>(store, objectKeys.approval(name));
      if (approval !== undefined) waiting.push(approval);
    }
  });
  return waiting;
}
