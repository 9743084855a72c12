/** `pipeline status`: the last runs of the deployed state machine, or one of them. */
import { InvalidInputError } from '../core/errors';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { runListText, viewedRunText } from './print-viewed-run';
import { NOTHING_YET, progressAfter } from './run-progress';
import { runAsJson } from './start';
import { type StatesOptions, withStates } from './states-client';

export interface StatusOptions extends StatesOptions {
  readonly json: boolean;
}

const RUNS_SHOWN = 20;

/** Exit code 0 whatever became of the runs. Throws `InvalidInput` if there is no such run. */
export async function status(
  run: string | undefined,
  options: StatusOptions,
  { stdout, stderr }: Pick<CommandSurroundings, 'stdout' | 'stderr'>,
): Promise<number> {
  return withStates(options, stderr, async ({ viewer }) => {
    if (run === undefined) {
      const runs = await viewer.recent(RUNS_SHOWN);
      printLine(stdout, options.json ? JSON.stringify(runs) : runListText(runs));
      return 0;
    }
    // An ARN, as the console shows it, ends with the name.
    const name = run.split(':').at(-1) ?? run;
    const found = await viewer.describe(name);
    if (found === undefined) {
      const message = 'is no run of the last 90 days; pipeline status lists the latest';
      throw new InvalidInputError('the run cannot be shown', [{ path: name, message }]);
    }
    const events = found.status === 'RUNNING' ? await viewer.eventsAfter(name, 0) : [];
    const text = options.json
      ? JSON.stringify(runAsJson(found))
      : viewedRunText(found, progressAfter(NOTHING_YET, events));
    printLine(stdout, text);
    return 0;
  });
}
