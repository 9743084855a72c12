/** `pipeline estimate`: how long a catalog's builds take with so many build machines, and what they cost. */
import { readFile } from 'node:fs/promises';
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
import { readCatalogFile } from '../../local/planning/find-catalog';
import type { CommandContext } from '../context';
import { printLine, table } from '../output/print';

export interface EstimateArguments extends Omit<EstimateOptions, 'stages'>, RecordedOptions {
  readonly catalog: string;
  /** A file of scenarios; undefined takes the usual ones. */
  readonly scenarios?: string;
  readonly json: boolean;
}

/** What `estimate --json` prints. */
export interface EstimateReport {
  readonly builders: number;
  readonly stageConcurrency: number;
  readonly region: string;
  readonly scenarios: readonly ScenarioEstimate[];
}

/** Prints a row per scenario. Exit code 0; bad input throws. */
export async function estimate(
  { catalog: path, scenarios: file, recorded, json, ...options }: EstimateArguments,
  { stdout }: Pick<CommandContext, 'stdout'>,
): Promise<number> {
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
  printLine(stdout, json ? JSON.stringify(report, null, 2) : estimateText(report));
  return 0;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${unreadableFile(error)}; name another one with --scenarios FILE, or leave that out for the usual ones`;
    throw new InvalidInputError('the scenarios cannot be read', [{ path, message }]);
  }
}

function estimateText({ builders, stageConcurrency, scenarios }: EstimateReport): string {
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
    ...new Set(scenarios.flatMap(({ notes }) => notes)),
  ].join('\n');
}

function rangeText(range: MinuteRange | undefined): string {
  return range === undefined ? '' : [...new Set(range)].join(' to ');
}

// The minutes that the builds of a deployed stack really took.

/** Where recorded minutes come from; without `recorded` there are none. */
export interface RecordedOptions {
  /** The name of a deployed stack. */
  readonly recorded?: string;
  readonly region: string;
}

/** Minutes by service. Throws an error for people if AWS cannot be asked. The SDK is loaded only where it is needed. */
export async function readRecordedMinutes({ recorded, region }: RecordedOptions): Promise<ReadonlyMap<string, number>> {
  if (recorded === undefined) return new Map();
  const { readRecordedBuilds } = await import('../../adapters/aws/recorded-builds');
  try {
    return recordedMinutes(await readRecordedBuilds(recorded, region));
  } catch (error) {
    const message = `the builds of ${recorded} in ${region} cannot be read: ${messageOf(error)}; leave --recorded out, or name stack and region`;
    throw new PipelineError(ERROR_NAMES.invalidInput, message, { cause: error });
  }
}
