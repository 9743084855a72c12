/** `pipeline plan`: what has to be built between two commits, without registry, network or deploy. */
import { formatProblems } from '../core/errors';
import { type CompareOptions, compareCommits } from '../local/planning/compare-commits';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { planText } from './print-plan';
import { type RecordedOptions, readRecordedMinutes } from './recorded';

/** Prints the plan. Exit code 0; bad input throws. With `keepGoing`, services with problems are named on stderr. */
export async function plan(
  options: Omit<CompareOptions, 'recorded'> & RecordedOptions & { readonly json: boolean },
  { stdout, stderr }: CommandSurroundings,
): Promise<number> {
  const { report, notes } = await compareCommits({ ...options, recorded: await readRecordedMinutes(options) });
  for (const note of notes) printLine(stderr, note);
  if (report.problems.length > 0) {
    printLine(stderr, `services that cannot be planned:\n${formatProblems(report.problems)}`);
  }
  printLine(stdout, options.json ? JSON.stringify(report, null, 2) : planText(report));
  return 0;
}
