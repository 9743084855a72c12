/** Recorded times, as commands reach them: builds of a deployed stack, or the record of a local pipeline. */
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../core/contract/errors';
import type { RecordedTimes } from '../core/contract/estimate';
import { objectKeys } from '../core/contract/keys';
import { NO_TIMES } from '../core/estimate/recorded-jobs';
import type { ObjectStore } from '../core/ports/store';

/** The pipeline whose builds were recorded. */
export interface RecordedOptions {
  /** The name of a deployed stack, or the folder of a local pipeline. */
  readonly recorded?: string;
  /** The region of the stack. */
  readonly region: string;
}

/** The name of a stack, or of one of its pipelines: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
const STACK = /^[A-Za-z][A-Za-z0-9-]*(\/[A-Za-z][A-Za-z0-9]*)?$/;

/**
 * Returns the recorded times, none without `recorded`. Of a stack these are CodeBuild's own, which go back a year. Throws `InvalidInput` if
 * AWS cannot be asked, or the folder has no usable record.
 */
export async function readRecordedTimes({ recorded, region }: RecordedOptions): Promise<RecordedTimes> {
  if (recorded === undefined) return NO_TIMES;
  if (!STACK.test(recorded)) return readHome(recorded);
  const { readRecordedBuilds } = await import('../adapters/aws/recorded-builds');
  try {
    const { addRun } = await import('../core/estimate/recorded-times');
    return addRun(NO_TIMES, { run: '', ...(await readRecordedBuilds(recorded, region)) });
  } catch (error) {
    const message = `the builds of ${recorded} in ${region} cannot be read: ${messageOf(error)}; check stack and region, or leave --recorded out`;
    throw new PipelineError(ERROR_NAMES.invalidInput, message, { cause: error });
  }
}

/** Returns the record that the pipeline itself keeps, with its runs. Throws `InvalidInput` if there is none that can be used. */
export async function readRecordedRuns({ recorded, region }: RecordedOptions): Promise<RecordedTimes> {
  if (recorded === undefined) {
    const message = 'is missing; name a deployed stack, or the folder of a local pipeline such as .local/demo';
    throw new InvalidInputError('there is no record of runs', [{ path: '--recorded', message }]);
  }
  if (!STACK.test(recorded)) return readHome(recorded);
  const { bucketOf, storeOfBucket } = await import('./run-store');
  const bucket = (await bucketOf({ stack: recorded, region })) ?? '';
  return readRecord(await storeOfBucket(bucket, region), recorded);
}

/** Loads what knows homes, and with it all settings, only for a home. */
async function readHome(folder: string): Promise<RecordedTimes> {
  const { storeOfHome } = await import('./run-store');
  return readRecord(storeOfHome(folder), folder);
}

async function readRecord(store: Pick<ObjectStore, 'get' | 'location'>, recorded: string): Promise<RecordedTimes> {
  const { parseTimes } = await import('../core/estimate/recorded-times');
  const text = (await store.get(objectKeys.times()))?.toString('utf8');
  const { times, problem } = parseTimes(text);
  if (text !== undefined && problem === undefined) return times;
  const message =
    problem ?? `has no ${store.location(objectKeys.times())}; it is written at the end of the first run that builds`;
  throw new InvalidInputError('the recorded times cannot be used', [{ path: `--recorded ${recorded}`, message }]);
}
