/** `pipeline explain`: the files and rules behind the decision on one service. */
import { explainService } from '../core/plan/compare-explain';
import { type CompareOptions, compareCommits } from '../local/planning/compare-commits';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { explanationText } from './print-explain';

/** Prints the explanation. Exit code 0; bad input throws. Services with problems do not hinder others. */
export async function explain(
  service: string,
  options: Omit<CompareOptions, 'keepGoing'> & { readonly json: boolean },
  { stdout }: CommandSurroundings,
): Promise<number> {
  const { comparison } = await compareCommits({ ...options, keepGoing: true });
  const explanation = explainService(comparison, service);
  printLine(stdout, options.json ? JSON.stringify(explanation, null, 2) : explanationText(explanation));
  return 0;
}
