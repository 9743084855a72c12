/** `pipeline estimate`: how long a catalog's builds take with so many build machines, and what they cost. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Catalog } from '../../core/catalog/model';
import { InvalidInputError, unreadableFile } from '../../core/contract/errors';
import type { RecordedTimes } from '../../core/contract/estimate';
import { accuracyOf, rangeText } from '../../core/estimate/accuracy';
import { recordedMinutes, withRecordedMinutes } from '../../core/estimate/estimate-builds';
import { costText } from '../../core/estimate/price';
import { serviceJob, withModuleStages } from '../../core/estimate/run-jobs';
import {
  type EstimateOptions,
  estimateScenario,
  type MinuteRange,
  parseScenarios,
  type ScenarioEstimate,
  usualScenarios,
} from '../../core/estimate/scenarios';
import { type ChosenSize, chooseSizes } from '../../core/estimate/size/choose-sizes';
import { printable } from '../../core/text/escape';
import { readCatalogFile } from '../../local/planning/find-catalog';
import { type CommandContext, JSON_OUT, PRICE_REGION, RECORDED } from '../context';
import { accuracyText } from '../output/accuracy';
import { machineSizesText } from '../output/machine-sizes';
import { printJson, printLine, table } from '../output/print';
import { type RecordedOptions, readRecordedRuns, readRecordedTimes } from '../recorded-times';

interface EstimateArguments extends Omit<EstimateOptions, 'stages'>, RecordedOptions {
  readonly catalog?: string;
  readonly accuracy: boolean;
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
  /** Absent without recorded builds. */
  readonly machines?: RecordedMachines;
}

/** Machines by recorded memory and CPU time, for a run that builds all services. */
interface RecordedMachines {
  /** Recorded builds that were measured. */
  readonly measured: number;
  /** The services whose machine would be another one. */
  readonly sizes: readonly ChosenSize[];
}

/** Adds options and action. */
export function configureEstimate(command: Command, context: CommandContext): void {
  command
    .option('--catalog <file>', 'the catalog; required without --accuracy')
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
    .option('--accuracy', 'compare the estimates of the runs of --recorded with the time that they took', false)
    .option(...JSON_OUT)
    .action((options: EstimateArguments) =>
      options.accuracy ? printAccuracy(options, context) : printEstimate(options, context),
    );
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
  if (path === undefined) {
    const message = 'is missing; name the catalog, such as pipeline.yaml, or use --accuracy';
    throw new InvalidInputError('nothing can be estimated', [{ path: '--catalog', message }]);
  }
  const expected = (await readCatalogFile(path)).catalog;
  const times = await readRecordedTimes({ recorded, region: options.region });
  const minutes = recordedMinutes(times.jobs);
  const catalog = { ...expected, services: withRecordedMinutes(expected.services, minutes) };
  const scenarios = file === undefined ? usualScenarios(catalog) : parseScenarios(await readText(file), catalog);
  const { builders, stageConcurrency, region } = options;
  const rows = scenarios.map((scenario) =>
    estimateScenario(scenario, { ...options, times, stages: withModuleStages(catalog) }),
  );
  const machines = recorded === undefined ? {} : { machines: recordedMachines(catalog, times, options) };
  const report: EstimateReport = { builders, stageConcurrency, region, scenarios: rows, ...machines };
  if (json) printJson(stdout, report);
  else printLine(stdout, estimateText(report));
}

function recordedMachines(
  catalog: Catalog,
  times: RecordedTimes,
  { builders, stageConcurrency, region }: Omit<EstimateOptions, 'stages'>,
): RecordedMachines {
  const jobs = catalog.services.map(serviceJob);
  const run = { jobs, stages: withModuleStages(catalog), stageConcurrency, builders };
  const sizes = chooseSizes(run, times, region, new Set(jobs.map(({ name }) => name)));
  return { measured: times.jobs.filter(({ usage }) => usage !== undefined).length, sizes };
}

/** Prints how well the recorded ranges held. */
async function printAccuracy(options: EstimateArguments, { stdout }: CommandContext): Promise<void> {
  const accuracy = accuracyOf((await readRecordedRuns(options)).runs);
  if (options.json) printJson(stdout, accuracy);
  else printLine(stdout, accuracyText(accuracy));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${unreadableFile(error)}; name another file with --scenarios, or leave it out for the usual scenarios`;
    throw new InvalidInputError('the scenarios cannot be read', [{ path, message }]);
  }
}

/** Returns the tables, with the notes of each scenario below. */
export function estimateText({ builders, stageConcurrency, scenarios, machines }: EstimateReport): string {
  const isCompared = scenarios.some(({ expected }) => expected !== undefined);
  const headers = ['scenario', 'builds', 'sequential', 'by needs', '8 of 10 runs', 'by barriers', 'at least', 'cost'];
  const rows = scenarios.map((row) => [
    row.name,
    row.services + row.modules,
    row.sequential,
    row.byNeeds,
    row.range === undefined ? '' : rangeText(row.range),
    row.byBarriers,
    row.lowerBound,
    costText(row),
    ...(isCompared ? [minutesText(row.expected?.sequential), minutesText(row.expected?.parallel)] : []),
  ]);
  return [
    `minutes, with ${builders} build machines and at most ${stageConcurrency} jobs of a stage at a time`,
    '',
    table([...headers, ...(isCompared ? ['said sequential', 'said parallel'] : [])], rows),
    '',
    'the same with small images on shared machines',
    '',
    packedTable(scenarios),
    ...(machines === undefined ? [] : ['', machineSizesText(machines.sizes, machines.measured)]),
    ...new Set(scenarios.flatMap(({ notes }) => notes.map(printable))),
  ].join('\n');
}

function packedTable(scenarios: readonly ScenarioEstimate[]): string {
  return table(
    ['scenario', 'machines', 'instead of', 'by needs', 'at least', 'cost'],
    scenarios.map(({ name, services, modules, packed }) => [
      name,
      packed.machines,
      services + modules,
      packed.minutes,
      packed.lowerBound,
      costText(packed),
    ]),
  );
}

function minutesText(range: MinuteRange | undefined): string {
  return range === undefined ? '' : [...new Set(range)].join(' to ');
}
