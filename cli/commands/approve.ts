/** `pipeline approve` and `pipeline reject`: answer for a run that waits for a person. */
import { resolve } from 'node:path';
import { createDiskObjectStore } from '../../adapters/disk/disk-store';
import { InvalidInputError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Approval, ApprovalAnswer } from '../../core/contract/release';
import type { ObjectStore } from '../../core/ports/store';
import { homePaths } from '../../local/runtime/home';
import type { CommandContext } from '../context';
import { printLine } from '../output/print';

export interface ApproveOptions {
  /** The folder of a local pipeline; not looked at if there is a bucket. */
  readonly home: string;
  /** The bucket of a deployment. */
  readonly bucket?: string;
}

/** Answers, and says so. Exit code 0; throws `InvalidInput` if the run does not wait for an answer. */
export async function answer(
  run: string,
  given: ApprovalAnswer,
  { home, bucket }: ApproveOptions,
  { stdout }: Pick<CommandContext, 'stdout'>,
): Promise<number> {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(run)) throw refuse(run, 'is no name of a run');
  if (bucket === undefined) await answerHere(run, given, createDiskObjectStore(homePaths(resolve(home)).objects));
  else await answerInAws(run, given, bucket);
  printLine(stdout, `${run}: ${given.approved ? 'approved' : 'rejected'}`);
  return 0;
}

async function answerHere(run: string, given: ApprovalAnswer, store: ObjectStore): Promise<void> {
  const approval = await question(run, store);
  const isOver = (await store.exists(objectKeys.report(run))) || Date.parse(approval.until) < Date.now();
  if (isOver || (await store.exists(objectKeys.answer(run)))) throw refuse(run, 'does not wait for an answer any more');
  await store.put(objectKeys.answer(run), JSON.stringify(given));
}

/** The SDK is loaded only where it is needed. */
async function answerInAws(run: string, given: ApprovalAnswer, bucket: string): Promise<void> {
  const [{ S3Client }, { SFNClient }, { createS3ObjectStore }, { sendAnswer }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-sfn'),
    import('../../adapters/aws/s3-object-store'),
    import('../../adapters/aws/executions'),
  ]);
  const { token } = await question(run, createS3ObjectStore(new S3Client({}), bucket));
  if (!(await sendAnswer(new SFNClient({}), token, given))) throw refuse(run, 'does not wait for an answer any more');
}

async function question(run: string, store: ObjectStore): Promise<Approval> {
  const body = await store.get(objectKeys.approval(run));
  if (body === undefined)
    throw refuse(run, 'does not wait for an answer, or not here; look at the name and at where it runs');
  return JSON.parse(body.toString('utf8')) as Approval;
}

function refuse(run: string, message: string): InvalidInputError {
  return new InvalidInputError('there is nothing to answer', [{ path: run.slice(0, 80), message }]);
}
