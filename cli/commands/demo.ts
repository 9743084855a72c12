/** `pipeline demo`, which is `npm start`: a local pipeline on the sample monorepo, or on one's own repository, and its runs. */
import { existsSync } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../core/contract/errors';
import type { RunReport } from '../../core/contract/report';
import { nextMinor } from '../../core/planning/version-order';
import { parseSettings } from '../../core/settings/parse-settings';
import { shellCommand } from '../../core/text/escape';
import { executionName } from '../../core/webhook/execution-input';
import { type BuilderOptions, type BuildTools, chooseBuilder } from '../../local/build/build-tools';
import { type ChosenHome, chooseHome, claimHome } from '../../local/demo/choose-home';
import { type DemoRepository, localSettings, readDemoRepository } from '../../local/demo/repositories';
import { type Scene, shouldFail } from '../../local/demo/scenes';
import { homePaths, type LocalSettings, summaryFile, writeLocalSettings } from '../../local/runtime/home';
import { openApproval, storeAnswer } from '../../local/runtime/local-services';
import { freePort } from '../../local/runtime/loopback';
import type { LocalPipeline, LocalRun, RunRequest } from '../../local/runtime/pipeline';
import { localCaller } from '../caller';
import { addModuleTools, builderOption, type CommandContext, EXIT, parseRegistryAddress, VERBOSE } from '../context';
import { liveRun } from '../output/live-run';
import { moduleLines, packagePlaces } from '../output/packages';
import { type Output, printLine, runsTable } from '../output/print';
import { printRun } from './run';

interface DemoOptions extends BuilderOptions {
  readonly repo?: string;
  readonly catalog?: string;
  readonly ref?: string;
  readonly values?: string;
  readonly valuesRepo?: string;
  readonly registry?: string;
  /** The folder that has the homes. */
  readonly folder: string;
  /** Starts the home of an earlier demonstration over. */
  readonly fresh?: boolean;
}

/** Options that a suggested command need not repeat. */
const USUAL: Readonly<Record<string, string>> = { folder: '.local', builder: 'auto' };
/** A demonstration that is ready to run. */
interface Stage {
  readonly source: DemoRepository;
  readonly chosen: ChosenHome;
  readonly local: LocalSettings;
}

/** Adds options and action. */
export function configureDemo(command: Command, { stdout, stderr, setExitCode }: CommandContext): void {
  addModuleTools(command)
    .option('--repo <dir>', 'your own git repository (read-only); default: a sample Cloud-Tuner monorepo')
    .option('--catalog <file>', 'its catalog; default: pipeline.yaml in the repository')
    .option('--ref <branch>', 'its branch; default: the one checked out')
    .option(
      '--values <file>',
      'its values file; default: that of the only chart, or the one with most tags of the catalog',
    )
    .option('--values-repo <dir>', 'with --repo: the git repository with the values file (read-only)')
    .option(
      '--registry <host>',
      'an OCI registry to use, such as localhost:5000 or http://registry.lan:5000; default: an embedded one',
    )
    .option('--folder <dir>', 'where everything is kept', '.local')
    .option('--fresh', 'empty the home of the last start on this repository, and use it again; default: a new home')
    .addOption(builderOption())
    .option(...VERBOSE)
    .action(async (options: DemoOptions) => setExitCode(await demo(options, stdout, stderr)));
}

/**
 * Runs the scenes one after the other. Returns exit code 0 if each ended as it should, otherwise 1. All input is checked before
 * anything is written; throws `InvalidInput`, `InvalidCatalog` or `InvalidSettings`.
 */
async function demo(options: DemoOptions, output: Output, progress: Output): Promise<number> {
  const tools = await chooseBuilder(options);
  const source = await readDemoRepository(options);
  const summary = resolve(options.folder, 'summary.json');
  await refuseForeignSummary(summary);
  const stage = await setUp(source, options);
  const { local, chosen } = stage;
  printLine(output, introduction(stage, options, tools));
  const { openLocalPipeline } = await import('../../local/runtime/pipeline');
  const pipeline = await openLocalPipeline({ home: chosen.home, local, catalogText: source.catalogText, ...tools });
  const runs: LocalRun[] = [];
  let asExpected = true;
  try {
    for (const scene of source.scenes(homePaths(chosen.home).repository)) {
      const played = await playScene(scene, pipeline, output, progress);
      runs.push(...played);
      const failed = played.some(({ report }) => report.status === 'FAILED');
      asExpected = failed === shouldFail(scene);
      if (!asExpected) break;
    }
  } finally {
    await pipeline.close();
  }
  const reports = runs.map((run) => run.report);
  await writeFileAtomically(summary, `${JSON.stringify(summaryOf(reports), null, 2)}\n`);
  const next = asExpected ? suggestions(stage) : cure(options);
  const found = places(stage, summaryFile(chosen.home, reports.at(-1)?.run ?? ''));
  printLine(output, ['', runsTable(reports), '', ...found, '', ...next].join('\n'));
  return asExpected ? EXIT.done : EXIT.failed;
}

/** Plays the run of a scene, and the promotions that it asks for, which are approved. */
async function playScene(
  scene: Scene,
  pipeline: LocalPipeline,
  output: Output,
  progress: Output,
): Promise<readonly LocalRun[]> {
  printLine(output, `\n${scene.title}`, 'bold');
  const input = await scene.prepare();
  if (scene.broken !== undefined) {
    const { service, version } = scene.broken;
    pipeline.cluster?.behave(service, 'unhealthy', { namespace: 'staging', version });
  }
  const first = { name: executionName(input, Date.now()), input, refuse: new Set(scene.refuse) };
  const runs = [await playRun(first, pipeline, output, progress)];
  for (const next of runs[0]?.next ?? []) {
    printLine(output, `\n   ${next.name}: approved with npx pipeline approve ${next.name}`);
    runs.push(await playRun(next, pipeline, output, progress));
  }
  return runs;
}

async function playRun(
  request: Pick<RunRequest, 'name' | 'input' | 'refuse'>,
  pipeline: LocalPipeline,
  output: Output,
  progress: Output,
): Promise<LocalRun> {
  const live = liveRun(progress);
  const onNotice = () => void approve(request.name, pipeline);
  const run = await pipeline.run({ ...request, onProgress: live.update, onNotice });
  live.end();
  printRun(run.report, output, output);
  return run;
}

/** Approves a run that waits, as the person at this terminal. */
async function approve(run: string, { store }: LocalPipeline): Promise<void> {
  const approval = await openApproval(run, store, Date.now());
  if (approval !== undefined) await storeAnswer(approval, { approved: true, by: localCaller() }, store);
}

async function setUp(source: DemoRepository, options: DemoOptions): Promise<Stage> {
  const { place: registry, plainHttp } = parseRegistryAddress(options.registry ?? `127.0.0.1:${await freePort()}`);
  const cluster = source.isDeployed === true ? `http://127.0.0.1:${await freePort()}` : undefined;
  const settingsIn = (home: string) => {
    const { repository, valuesRepository: path } = homePaths(home);
    const valuesRepository = source.valuesBranch === undefined ? undefined : { path, branch: source.valuesBranch };
    return localSettings({ ...source, repository, valuesRepository, registry, plainHttp, cluster });
  };
  parseSettings(settingsIn(options.folder));
  const { folder, fresh = false } = options;
  for (;;) {
    const chosen = await chooseHome({ folder, fresh, name: source.name, repository: source.opened });
    if (!(await claimHome(chosen, source.opened))) continue;
    const { repository, valuesRepository } = homePaths(chosen.home);
    await source.make(repository, valuesRepository);
    const local = await writeLocalSettings(
      chosen.home,
      settingsIn(chosen.home),
      options.registry === undefined,
      cluster !== undefined,
    );
    return { source, chosen, local };
  }
}

/** The summary is written over that of an earlier demonstration, and over nothing else. */
async function refuseForeignSummary(file: string): Promise<void> {
  if (await isMissing(file)) return;
  const text = await readFile(file, 'utf8').catch(() => '');
  if (/^\{\s*"runs": \[\s*(\]|\{\s*"action": )/.test(text)) return;
  const message =
    'was not written by npm start, which would write its summary there; choose another folder with --folder DIR';
  throw new InvalidInputError('the demonstration cannot be kept here', [{ path: file, message }]);
}

function introduction({ source, chosen, local }: Stage, options: DemoOptions, tools: BuildTools): string {
  const { docker } = tools;
  const catalog = parseCatalog(source.catalogText);
  const builder =
    docker === undefined
      ? 'the embedded builder (real images of the declared inputs; RUN is not executed)'
      : `Docker ${docker.version}`;
  const registry = `${local.settings.releases.host} (${options.registry === undefined ? 'embedded' : 'given'})`;
  const last = chosen.kept.at(-1);
  return [
    ...(last === undefined
      ? []
      : [`${here(last)} is kept; this is ${here(chosen.home)} (--fresh starts ${here(chosen.kept[0] ?? last)} over)`]),
    `${catalog.services.length} services in ${catalog.stages.length} stages, built with ${builder}, registry ${registry}`,
    ...moduleLines(catalog, tools),
  ].join('\n');
}

/** Returns the paths of all results. Files that a failed run did not write are left out. */
function places({ source, chosen, local }: Stage, summary: string): readonly string[] {
  const paths = homePaths(chosen.home);
  const { packages, registry, repository, valuesRepository, logs } = paths;
  const log = shellCommand('git', '--git-dir', here(repository), 'log', '--stat', branchOf(local));
  const stored: readonly (readonly [string, string, string])[] = [
    ['repository', repository, source.valuesBranch === undefined ? log : ''],
    ['values', valuesRepository, shellCommand('git', '--git-dir', here(valuesRepository), 'log', '--stat')],
    ['registry', registry, ''],
    ...packagePlaces(parseCatalog(source.catalogText), packages),
    ['reports', join(paths.objects, 'runs'), existsSync(summary) ? here(summary) : ''],
    ['build logs', logs, ''],
  ];
  const lines = stored
    .filter(([, path]) => existsSync(path))
    .map(([name, path, remark]) => `${name.padEnd(12)}${here(path)}${remark === '' ? '' : `   (${remark})`}`);
  return local.embeddedRegistry ? lines : [...lines, `registry    ${local.settings.releases.host}`];
}

function suggestions({ source, chosen, local }: Stage): readonly string[] {
  const { platformVersion, services } = parseCatalog(source.catalogText);
  const common = ['--home', here(chosen.home), '--ref', branchOf(local)];
  const run = (...words: string[]) => `  ${shellCommand('npx', 'pipeline', 'run', ...words)}`;
  return [
    'Try next:',
    run('release', ...common, '--version', `${nextMinor(platformVersion)}-rc-1`, '--dry-run'),
    run('build', ...common, '--version', `${platformVersion}-hotfix-1`, '--services', services[0]?.name ?? ''),
    '  npm start -- --repo DIR --catalog FILE     the same on your own repository (read-only)',
  ];
}

/** The runs that are suggested after a success would fail as this one did. */
function cure({ valuesRepo, ...options }: DemoOptions): readonly string[] {
  const { repo, catalog, ref, values, registry, folder, builder, python, npm, maven, go } = options;
  const given = { repo, catalog, ref, values, 'values-repo': valuesRepo, registry, folder, builder };
  const words = Object.entries({ ...given, python, npm, maven, go }).flatMap(([name, value]) => {
    if (value === undefined || value === USUAL[name]) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return [
    'The last run did not end as it should. The report and the build logs have the reason. Fix it, then start over:',
    `  ${shellCommand('npm', 'start', '--', ...words, '--fresh')}`,
  ];
}

function branchOf({ settings }: LocalSettings): string {
  return settings.branches[0]?.branch ?? 'main';
}

function here(path: string): string {
  const short = relative(process.cwd(), path) || '.';
  return short.startsWith('..') ? path : short;
}

function summaryOf(reports: readonly RunReport[]) {
  return {
    runs: reports.map(({ action, counts: { built, retagged, kept, failed, notDone }, seconds, commit }) => ({
      action,
      build: built,
      retag: retagged,
      keep: kept,
      failed,
      notDone,
      seconds,
      commit,
    })),
  };
}

function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    () => true,
  );
}
