/** The waivers of a run: those at the commit that it releases. */
import type { Plan } from '../../core/contract/plan';
import type { Waiver } from '../../core/contract/scan/scan';
import type { SourceGit } from '../../core/ports/git';
import type { Clock } from '../../core/ports/store';
import { parseWaivers } from '../../core/scan/waivers';

export interface WaiverSources {
  readonly git: Pick<SourceGit, 'readFiles'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Returns the waivers in the file, none if the commit has no such file. Throws `InvalidInput` with all problems of the file. */
export async function readWaivers(
  { commit }: Pick<Plan, 'commit'>,
  path: string,
  { git, clock }: WaiverSources,
): Promise<readonly Waiver[]> {
  const text = (await git.readFiles(commit, [path])).get(path);
  return text === undefined ? [] : parseWaivers(text, path, clock.now());
}
