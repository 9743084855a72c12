/** `pipeline plan`, `explain` and `backtest`: what is built between two commits, without registry, network or deployment. */
import type { Command } from 'commander';
import { explainService } from '../../core/compare/explain';
import { type CompareOptions, compareCommits } from '../../local/planning/compare-commits';
import { type ReplayOptions, replayHistory } from '../../local/planning/replay';
import {
  BASE,
  CATALOG,
  type CommandContext,
  JSON_OUT,
  KEEP_GOING,
  PRICE_REGION,
  RECORDED,
  REPO,
  ref,
  releasesOption,
} from '../context';
import { backtestText } from '../output/backtest';
import { comparisonRemarks, explanationText, planText } from '../output/plan';
import { printJson, printLine } from '../output/print';
import { type RecordedOptions, readRecordedMinutes } from './estimate';

type WithJson<Options> = Options & { readonly json: boolean };

/** Adds options and action of `plan`. */
export function configurePlan(command: Command, { stdout, stderr }: CommandContext): void {
  command
    .option(...REPO)
    .option(...ref())
    .option('--base <ref>', 'the commit to compare with; default: the version lock in the commit')
    .option(...CATALOG)
    .addOption(releasesOption())
    .option(...PRICE_REGION)
    .option(...RECORDED)
    .option(...KEEP_GOING)
    .option(...JSON_OUT)
    .action(async (options: WithJson<Omit<CompareOptions, 'recorded'> & RecordedOptions>) => {
      const { report, notes } = await compareCommits({ ...options, recorded: await readRecordedMinutes(options) });
      for (const remark of comparisonRemarks(report, notes)) printLine(stderr, remark);
      if (options.json) printJson(stdout, report);
      else printLine(stdout, planText(report));
    });
}

/** Adds options and action of `explain`. Problems of other services do not matter here. */
export function configureExplain(command: Command, { stdout }: CommandContext): void {
  command
    .argument('<service>', 'its name in the catalog')
    .option(...REPO)
    .option(...ref())
    .requiredOption(...BASE)
    .option(...CATALOG)
    .addOption(releasesOption())
    .option(...JSON_OUT)
    .action(async (service: string, options: WithJson<Omit<CompareOptions, 'keepGoing'>>) => {
      const { comparison } = await compareCommits({ ...options, keepGoing: true });
      const explanation = explainService(comparison, service);
      if (options.json) printJson(stdout, explanation);
      else printLine(stdout, explanationText(explanation));
    });
}

/** Adds options and action of `backtest`. */
export function configureBacktest(command: Command, { stdout }: CommandContext): void {
  command
    .option(...REPO)
    .requiredOption('--since <ref>', 'the commit to start from')
    .option(...ref('the branch, tag or commit to end at'))
    .option(...CATALOG)
    .addOption(releasesOption())
    .option(...JSON_OUT)
    .action(async (options: WithJson<ReplayOptions>) => {
      const report = await replayHistory(options);
      if (options.json) printJson(stdout, report);
      else printLine(stdout, backtestText(report));
    });
}
