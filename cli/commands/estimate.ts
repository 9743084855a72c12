/** `pipeline estimate`: how long a catalog's builds take with so many build machines, and what they cost. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError, unreadableFile } from '../../core/contract/errors';
import { recordedMinutes, withRecordedMinutes } from '../../core/estimate/estimate-builds';
import { costText } from '../../core/estimate/price';
import {
  type EstimateOptions,
  estimateScenario,
  type MinuteRange,
  parseScenarios,
  type ScenarioEstimate,
  usualScenarios,
  withModuleStages,
} from '../../core/estimate/scenarios';
import { printable } from '../../core/text/escape';
import { readCatalogFile } from '../../local/planning/find-catalog';
import { type CommandContext, JSON_OUT, PRICE_REGION, RECORDED } from '../context';
import { printJson, printLine, table } from '../output/print';

interface EstimateArguments extends Omit<EstimateOptions, 'stages'>, RecordedOptions {
  readonly catalog: string;
  /** A file of scenarios; undefined takes the usual ones. */
  readonly scenarios?: string;
  readonly json: boolean;
}

/** The output of `estimate --json`. */
export interface EstimateReport {
  readonly builders: number;
  readonly stageConcurrency: number;
  readonly region: string;
  readonly scenarios: readonly ScenarioEstimate[];
}

/** Adds options and action. */
export function configureEstimate(command: Command, context: CommandContext): void {
  command
    .requiredOption('--catalog <file>', 'the catalog')
    .option('--builders <number>', 'build machines at a time', parseCount, 60)
    .option(
      '--stage-concurrency <number>',
      'jobs of a stage at a time, unless the catalog has a number',
      parseCount,
      20,
    )
    .option(
      '--scenarios <file>',
      'the services of each scenario, and the minutes expected; default: the usual scenarios',
    )
    .option(...PRICE_REGION)
    .option(...RECORDED)
    .option(...JSON_OUT)
    .action((options: EstimateArguments) => printEstimate(options, context));
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a number from 1 to 9999.');
}

/** Prints a row per scenario. */
async function printEstimate(
  { catalog: path, scenarios: file, recorded, json, ...options }: EstimateArguments,
  { stdout }: CommandContext,
): Promise<void> {
  const expected = (await readCatalogFile(path)).catalog;
  const minutes = await readRecordedMinutes({
    ...(recorded === undefined ? {} : { recorded }),
    region: options.region,
  });
  const catalog = { ...expected, services: withRecordedMinutes(expected.services, minutes) };
  const scenarios = file === undefined ? usualScenarios(catalog) : parseScenarios(await readText(file), catalog);
  const { builders, stageConcurrency, region } = options;
  const rows = scenarios.map((scenario) =>
    estimateScenario(scenario, { ...options, stages: withModuleStages(catalog) }),
  );
  const report: EstimateReport = { builders, stageConcurrency, region, scenarios: rows };
  if (json) printJson(stdout, report);
  else printLine(stdout, estimateText(report));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${unreadableFile(error)}; name another file with --scenarios, or leave it out for the usual scenarios`;
    throw new InvalidInputError('the scenarios cannot be read', [{ path, message }]);
  }
}

/** Returns the table, with the notes of each scenario below. */
export function estimateText({ builders, stageConcurrency, scenarios }: EstimateReport): string {
  const isCompared = scenarios.some(({ expected }) => expected !== undefined);
  const headers = ['scenario', 'builds', 'sequential', 'by needs', 'by barriers', 'at least', 'cost'];
  const rows = scenarios.map((row) => [
    row.name,
    row.services + row.modules,
    row.sequential,
    row.byNeeds,
    row.byBarriers,
    row.lowerBound,
    costText(row),
    ...(isCompared ? [rangeText(row.expected?.sequential), rangeText(row.expected?.parallel)] : []),
  ]);
  return [
    `minutes, with ${builders} build machines and at most ${stageConcurrency} jobs of a stage at a time`,
    '',
    table([...headers, ...(isCompared ? ['said sequential', 'said parallel'] : [])], rows),
    ...new Set(scenarios.flatMap(({ notes }) => notes.map(printable))),
  ].join('\n');
}

function rangeText(range: MinuteRange | undefined): string {
  return range === undefined ? '' : [...new Set(range)].join(' to ');
}

/** The deployed stack whose builds were recorded. */
export interface RecordedOptions {
  /** The name of a deployed stack. */
  readonly recorded?: string;
  readonly region: string;
}

/** Returns the recorded minutes by service, none without `recorded`. Throws `InvalidInput` if AWS cannot be asked. */
export async function readRecordedMinutes({ recorded, region }: RecordedOptions): Promise<ReadonlyMap<string, number>> {
  if (recorded === undefined) return new Map();
  const { readRecordedBuilds } = await import('../../adapters/aws/recorded-builds');
  try {
    return recordedMinutes(await readRecordedBuilds(recorded, region));
  } catch (error) {
    const message = `the builds of ${recorded} in ${region} cannot be read: ${messageOf(error)}; check stack and region, or leave --recorded out`;
    throw new PipelineError(ERROR_NAMES.invalidInput, message, { cause: error });
  }
}
