/** The recorded times of jobs and runs in the object store. They are statistics: nothing about them fails a step. */
import { messageOf } from '../../core/contract/errors';
import type { RecordedTimes } from '../../core/contract/estimate';
import { objectKeys } from '../../core/contract/keys';
import { NO_TIMES } from '../../core/estimate/recorded-jobs';
import { parseTimes } from '../../core/estimate/recorded-times';
import type { ObjectStore } from '../../core/ports/store';
import { readText } from './stored';

/** Returns the record, or an empty one with the reason, for people. Throws nothing. */
export async function readTimes(
  store: Pick<ObjectStore, 'get'>,
): Promise<{ readonly times: RecordedTimes; readonly problem?: string }> {
  try {
    return parseTimes(await readText(store, objectKeys.times()));
  } catch (error) {
    const problem = `${objectKeys.times()} with the recorded times cannot be read and is not used: ${messageOf(error)}`;
    return { times: NO_TIMES, problem };
  }
}
