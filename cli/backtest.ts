/** `pipeline backtest`: what the pushes of a branch would have built. */
import { type ReplayOptions, replayHistory } from '../local/planning/replay';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { backtestText } from './print-backtest';

/** Prints the replay. Exit code 0; bad input throws. */
export async function backtest(
  options: ReplayOptions & { readonly json: boolean },
  { stdout }: CommandSurroundings,
): Promise<number> {
  const report = await replayHistory(options);
  printLine(stdout, options.json ? JSON.stringify(report, null, 2) : backtestText(report));
  return 0;
}
