/** Looks at a branch's head itself, where no run of it is known: Step Functions forgets them after 90 days, a branch stays. */
import { InvalidInputError } from '../../core/errors';
import type { GitHost } from '../../core/ports';
import type { PushInput } from '../../core/run-input';
import type { Settings } from '../../core/settings';
import { isRecorded } from '../../core/trigger/recorded-head';
import { NoCatalogError } from '../plan/no-catalog';
import { readSource } from '../plan/read-source';

/**
 * False if a run of the push would find nothing to do, by the catalog and the version lock at its commit. A commit that cannot be
 * planned needs one, which says why. Takes three git requests. Throws `GitHostError`.
 */
export async function needsRun(push: PushInput, settings: Settings, git: GitHost): Promise<boolean> {
  try {
    return !isRecorded(await readSource(push, settings, git, push.commit));
  } catch (error) {
    if (error instanceof NoCatalogError) return false;
    if (error instanceof InvalidInputError) return true;
    throw error;
  }
}
