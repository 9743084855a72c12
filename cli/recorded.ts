/** The minutes that the builds of a deployed stack really took. */
import { ERROR_NAMES } from '../core/contract';
import { messageOf, PipelineError } from '../core/errors';
import { recordedMinutes } from '../core/estimate/recorded-minutes';

/** Where recorded minutes come from; without `recorded` there are none. */
export interface RecordedOptions {
  /** The name of a deployed stack. */
  readonly recorded?: string;
  readonly region: string;
}

/** Minutes by service. Throws an error for people if AWS cannot be asked. The SDK is loaded only where it is needed. */
export async function readRecordedMinutes({ recorded, region }: RecordedOptions): Promise<ReadonlyMap<string, number>> {
  if (recorded === undefined) return new Map();
  const { readRecordedBuilds } = await import('../adapters/aws/recorded-builds');
  try {
    return recordedMinutes(await readRecordedBuilds(recorded, region));
  } catch (error) {
    const message = `the builds of ${recorded} in ${region} cannot be read: ${messageOf(error)}; leave --recorded out, or name stack and region`;
    throw new PipelineError(ERROR_NAMES.invalidInput, message, { cause: error });
  }
}
