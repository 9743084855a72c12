/** `pipeline plan`, `explain` and `backtest`: what is built between two commits, without registry, network or deployment. */
import { type Command, Option } from 'commander';
import type { Service } from '../../core/catalog/model';
import { explainService } from '../../core/compare/explain';
import { InvalidInputError } from '../../core/contract/errors';
import { recordedMinutes } from '../../core/estimate/estimate-builds';
import { present } from '../../core/text/present';
import { type ComparedCommits, type CompareOptions, compareCommits } from '../../local/planning/compare-commits';
import { type ReplayOptions, replayHistory } from '../../local/planning/replay';
import {
  BASE,
  CATALOG,
  type CommandContext,
  EXIT,
  JSON_OUT,
  KEEP_GOING,
  PRICE_REGION,
  RECORDED,
  REPO,
  ref,
  releasesOption,
  VALUES_REPO,
  type WithJson,
} from '../context';
import { backtestText } from '../output/backtest';
import { comparisonRemarks, explanationText, planText } from '../output/plan';
import { printJson, printLine } from '../output/print';
import { explainError } from '../outside-error';
import { type RecordedOptions, readRecordedTimes } from '../recorded-times';

/** Adds options and action of `plan`. */
export function configurePlan(command: Command, context: CommandContext): void {
  command
    .option(...REPO)
    .option(...ref())
    .option('--base <ref>', 'the commit to compare with; default: the version lock in the commit')
    .option(...VALUES_REPO)
    .option(...CATALOG)
    .addOption(releasesOption())
    .option(...PRICE_REGION)
    .option(...RECORDED)
    .option(...KEEP_GOING)
    .option(...JSON_OUT)
    .addOption(
      new Option(
        '--format <format>',
        'names: one service to build a line; github-matrix: a matrix of jobs, on one line',
      )
        .choices(FORMATS)
        .default('text'),
    )
    .option('--exit-code', 'exit with 1 if there is something to build, 0 if not, 2 after any error', false)
    .action((options: PlanArguments) => plan(options, context));
}

const FORMATS = ['text', 'json', 'names', 'github-matrix'] as const;

interface PlanArguments extends Omit<CompareOptions, 'recorded' | 'region'>, RecordedOptions {
  readonly json: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly exitCode: boolean;
}

async function plan(options: PlanArguments, { stdout, stderr, setExitCode }: CommandContext): Promise<void> {
  const compared = await comparePlans(options);
  const { report, notes, comparison } = compared;
  const builds = report.services.filter(({ action }) => action === 'build').map(({ name }) => name);
  for (const remark of comparisonRemarks(report, notes)) printLine(stderr, remark);
  const format = options.json ? 'json' : options.format;
  if (format === 'json') printJson(stdout, report);
  if (format === 'text') printLine(stdout, planText(report));
  if (format === 'names') for (const name of builds) printLine(stdout, name);
  if (format === 'github-matrix') {
    const jobs = comparison.catalog.services.filter(({ name }) => builds.includes(name)).map(matrixJob);
    printJson(stdout, { include: jobs }, 0);
  }
  if (options.exitCode) setExitCode(builds.length > 0 ? EXIT.failed : EXIT.done);
}

/** With `--exit-code`, 1 means something to build, so that every error is a refusal, which is 2. */
async function comparePlans(options: PlanArguments): Promise<ComparedCommits> {
  try {
    const times = await readRecordedTimes(options);
    return await compareCommits({ ...options, times, recorded: recordedMinutes(times.jobs) });
  } catch (error) {
    const explained = explainError(error);
    if (!options.exitCode || explained === undefined || explained.isRefused) throw error;
    throw new InvalidInputError('the plan cannot be made', [{ path: explained.name, message: explained.message }]);
  }
}

/** Returns what a job needs to build a service: a command, or the words of `docker build`, which calls the repository's root `.`. */
function matrixJob({ name, image, dockerfile, context, target, buildArgs, platforms, build }: Service): object {
  const joined = platforms.length === 0 ? undefined : platforms.join(',');
  if (build !== undefined) {
    const { command, env, inputs, reads } = build;
    return present({ service: name, image, command, env, inputs: [...reads, ...inputs], platforms: joined });
  }
  const args = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
  return present({
    service: name,
    image,
    dockerfile,
    context: context === '' ? '.' : context,
    target,
    'build-args': args.length === 0 ? undefined : args.join('\n'),
    platforms: joined,
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
    .option(...RECORDED)
    .option('--region <region>', 'the AWS region of the stack of --recorded', PRICE_REGION[2])
    .option(...JSON_OUT)
    .action(async (options: WithJson<ReplayOptions & RecordedOptions>) => {
      const times = options.recorded === undefined ? {} : { times: await readRecordedTimes(options) };
      const report = await replayHistory({ ...options, ...times });
      if (options.json) printJson(stdout, report);
      else printLine(stdout, backtestText(report));
    });
}
