/** `pipeline plan`: what has to be built between two commits, without registry, network or deploy. */

import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { explainService } from '../../core/compare/explain';
import { formatProblems, InvalidInputError, messageOf } from '../../core/contract/errors';
import { type CheckOptions, checkCatalog, type InitOptions, initFromCommit } from '../../local/planning/check';
import { type CompareOptions, compareCommits } from '../../local/planning/compare-commits';
import { type ReplayOptions, replayHistory } from '../../local/planning/replay';
import type { CommandContext } from '../context';
import { backtestText } from '../output/backtest';
import { checkText, initSummary } from '../output/catalog';
import { explanationText, planText } from '../output/plan';
import { printLine } from '../output/print';
import { type RecordedOptions, readRecordedMinutes } from './estimate';

/** Prints the plan. Exit code 0; bad input throws. With `keepGoing`, services with problems are named on stderr. */
export async function plan(
  options: Omit<CompareOptions, 'recorded'> & RecordedOptions & { readonly json: boolean },
  { stdout, stderr }: CommandContext,
): Promise<number> {
  const { report, notes } = await compareCommits({ ...options, recorded: await readRecordedMinutes(options) });
  for (const note of notes) printLine(stderr, note);
  if (report.problems.length > 0) {
    printLine(stderr, `services that cannot be planned:\n${formatProblems(report.problems)}`);
  }
  printLine(stdout, options.json ? JSON.stringify(report, null, 2) : planText(report));
  return 0;
}

// `pipeline explain`: the files and rules behind the decision on one service.

/** Prints the explanation. Exit code 0; bad input throws. Services with problems do not hinder others. */
export async function explain(
  service: string,
  options: Omit<CompareOptions, 'keepGoing'> & { readonly json: boolean },
  { stdout }: CommandContext,
): Promise<number> {
  const { comparison } = await compareCommits({ ...options, keepGoing: true });
  const explanation = explainService(comparison, service);
  printLine(stdout, options.json ? JSON.stringify(explanation, null, 2) : explanationText(explanation));
  return 0;
}

// `pipeline backtest`: what the pushes of a branch would have built.

/** Prints the replay. Exit code 0; bad input throws. */
export async function backtest(
  options: ReplayOptions & { readonly json: boolean },
  { stdout }: CommandContext,
): Promise<number> {
  const report = await replayHistory(options);
  printLine(stdout, options.json ? JSON.stringify(report, null, 2) : backtestText(report));
  return 0;
}

// `pipeline catalog init` and `pipeline catalog check`.

/** Writes a new catalog to stdout or to a file. Exit code 0; a repository without Dockerfiles throws. */
export async function catalogInit(
  options: InitOptions & { readonly out?: string; readonly json: boolean },
  { stdout, stderr }: CommandContext,
): Promise<number> {
  const made = await initFromCommit(options);
  if (options.out !== undefined) await write(options.out, made.text);
  if (options.json) printLine(stdout, JSON.stringify(made, null, 2));
  else if (options.out === undefined) stdout.write(made.text);
  printLine(stderr, initSummary(made, options.out));
  return 0;
}

/** Prints drift and impurities. Exit code 0 if there is no drift, 1 if there is; a broken catalog throws. */
export async function catalogCheck(
  options: CheckOptions & { readonly json: boolean },
  { stdout }: CommandContext,
): Promise<number> {
  const check = await checkCatalog(options);
  printLine(stdout, options.json ? JSON.stringify(check, null, 2) : checkText(check));
  return check.drift.length === 0 ? 0 : 1;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(file, text);
  } catch (cause) {
    throw new InvalidInputError('the file cannot be written', [{ path: file, message: messageOf(cause) }]);
  }
}
