/** `npm start`: sets up a local pipeline on a sample (or one's own) repository and shows its runs. */
import { readFile, rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { simpleFolder } from '../../adapters/packages/folder-index';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import type { RunReport } from '../../core/contract/report';
import { publishingModules } from '../../core/modules/plan-modules';
import { failedImages } from '../../core/report/outcome';
import { executionName } from '../../core/webhook/execution-input';
import { type BuilderOptions, type BuildTools, chooseBuilder } from '../../local/build/choose-builder';
import { cloneOwnRepository, localSettings, makeSampleRepository } from '../../local/demo/repositories';
import { ownScenes, type Scene, sampleScenes } from '../../local/demo/scenes';
import { homePaths, type LocalSettings, writeLocalSettings } from '../../local/runtime/home';
import { freePort } from '../../local/runtime/loopback';
import { type LocalPipeline, type LocalRun, openLocalPipeline, summaryFile } from '../../local/runtime/pipeline';
import { liveLine, type Output, printLine, runsTable, runTable } from '../output/print';

export interface DemoOptions extends BuilderOptions {
  readonly repo?: string;
  readonly catalog?: string;
  readonly ref?: string;
  readonly values?: string;
  readonly registry?: string;
  /** Where everything is kept. */
  readonly folder: string;
}

const CATALOG_FILE = 'pipeline.yaml';
const SAMPLE_CATALOG = resolve(__dirname, '../../catalogs/cloud-tuner.yaml');
const SAMPLE_VALUES = 'cloud-tuner-dev/values.yaml';
const SAMPLE_NAMESPACE = 'invincibledocker24';

/** What a demonstration works with. */
interface Stage {
  readonly home: string;
  readonly local: LocalSettings;
  readonly catalogText: string;
  readonly scenes: readonly Scene[];
}

/** Runs the scenes one after the other. Exit code 0 if each ended as it should, else 1. */
export async function demo(options: DemoOptions, output: Output): Promise<number> {
  const tools = await chooseBuilder(options);
  const stage = options.repo === undefined ? await sampleStage(options) : await ownStage(options.repo, options);
  const { home, local } = stage;
  printLine(output, introduction(stage, options, tools));
  const pipeline = await openLocalPipeline({ home, local, catalogText: stage.catalogText, ...tools });
  const runs: LocalRun[] = [];
  let asExpected = true;
  try {
    for (const scene of stage.scenes) {
      const run = await playScene(scene, pipeline, output);
      runs.push(run);
      const shouldFail = scene.refuse.length > 0;
      if ((run.report.status === 'FAILED') !== shouldFail) {
        asExpected = false;
        break;
      }
    }
  } finally {
    await pipeline.close();
  }
  const reports = runs.map((run) => run.report);
  await writeFileAtomically(
    resolve(options.folder, 'summary.json'),
    `${JSON.stringify(summaryOf(reports), null, 2)}\n`,
  );
  printLine(output, `\n${runsTable(reports)}\n\n${whereThingsLie(stage, reports)}`);
  return asExpected ? 0 : 1;
}

async function playScene(scene: Scene, pipeline: LocalPipeline, output: Output): Promise<LocalRun> {
  printLine(output, `\n${scene.title}`);
  const input = await scene.prepare();
  const live = liveLine(output);
  const run = await pipeline.run({
    name: executionName(input, Date.now()),
    input,
    refuse: new Set(scene.refuse),
    onProgress: live.update,
  });
  live.end();
  if (run.plan !== undefined) printLine(output, runTable(run.plan, run.report));
  if (run.report.error !== undefined) printLine(output, `${run.report.error.name}: ${run.report.error.message}`);
  printLine(
    output,
    `${run.report.status.toLowerCase()} in ${run.report.seconds.toFixed(1)} s, commit ${run.report.commit ?? 'none'}`,
  );
  return run;
}

async function sampleStage(options: DemoOptions): Promise<Stage> {
  const home = resolve(options.folder, 'demo');
  await rm(home, { recursive: true, force: true });
  const catalogText = await readFile(SAMPLE_CATALOG, 'utf8');
  const { repository } = homePaths(home);
  await makeSampleRepository(repository, catalogText, SAMPLE_VALUES);
  const local = await settle(home, options, { valuesFile: SAMPLE_VALUES, namespace: SAMPLE_NAMESPACE });
  const scenes = sampleScenes(createLocalGitHost(repository), repository, CATALOG_FILE);
  return { home, local, catalogText, scenes };
}

async function ownStage(repo: string, options: DemoOptions): Promise<Stage> {
  const name =
    basename(resolve(repo))
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'own';
  const home = resolve(options.folder, name);
  await rm(home, { recursive: true, force: true });
  const { repository } = homePaths(home);
  const own = await cloneOwnRepository({ ...options, repo: resolve(repo), repository, catalogFile: CATALOG_FILE });
  const local = await settle(home, options, { valuesFile: own.valuesFile, namespace: name, branch: own.branch });
  const { platformVersion } = parseCatalog(own.catalogText);
  return { home, local, catalogText: own.catalogText, scenes: ownScenes(platformVersion, own.branch) };
}

async function settle(
  home: string,
  options: DemoOptions,
  own: { readonly valuesFile: string; readonly namespace: string; readonly branch?: string },
): Promise<LocalSettings> {
  const registry = options.registry ?? `127.0.0.1:${await freePort()}`;
  const settings = localSettings({ repository: homePaths(home).repository, registry, ...own });
  return writeLocalSettings(home, settings, options.registry === undefined);
}

function introduction({ local, catalogText }: Stage, options: DemoOptions, { docker, python }: BuildTools): string {
  const catalog = parseCatalog(catalogText);
  const builder =
    docker === undefined
      ? 'the embedded builder (real images of the declared inputs; RUN is not executed)'
      : `Docker ${docker.version}`;
  const modules = publishingModules(catalog).length;
  const packages =
    python === undefined ? 'the embedded builder (build files and tests are not run)' : `${python.path} and its tests`;
  const registry = `${local.settings.releases.host} (${options.registry === undefined ? 'embedded' : 'given'})`;
  const images = `${catalog.services.length} services in ${catalog.stages.length} stages, built with ${builder}, registry ${registry}`;
  return modules === 0 ? images : `${images}\n${modules} modules, built with ${packages}`;
}

function whereThingsLie({ home, local, catalogText }: Stage, reports: readonly RunReport[]): string {
  const here = (path: string) => relative(process.cwd(), path) || '.';
  const paths = homePaths(home);
  const last = reports.at(-1)?.run ?? '';
  const first = local.settings.branches[0]?.branch ?? 'main';
  const { platformVersion, services } = parseCatalog(catalogText);
  return [
    `repository  ${here(paths.repository)}   (git --git-dir ${here(paths.repository)} log --stat ${first})`,
    `registry    ${local.embeddedRegistry ? here(paths.registry) : local.settings.releases.host}`,
    ...(publishingModules(parseCatalog(catalogText)).length === 0
      ? []
      : [
          `packages    ${here(simpleFolder(paths.packages))}   (pip install --index-url file://${simpleFolder(paths.packages)} NAME)`,
        ]),
    `reports     ${here(join(paths.objects, 'runs'))}   (${here(summaryFile(home, last))})`,
    `build logs  ${here(paths.logs)}`,
    '',
    'Try next:',
    `  npx pipeline run release --home ${here(home)} --ref ${first} --version ${platformVersion}-rc-1 --dry-run`,
    `  npx pipeline run build --home ${here(home)} --ref ${first} --version ${platformVersion}-hotfix-1 --services ${services[0]?.name}`,
    '  npm start -- --repo DIR --catalog FILE     the same on a repository of yours, which is only read',
  ].join('\n');
}

function summaryOf(reports: readonly RunReport[]) {
  return {
    runs: reports.map(({ action, totals, failed, seconds, commit }) => ({
      action,
      build: totals.build - failedImages({ failed }),
      retag: totals.retag,
      keep: totals.keep,
      failed: failedImages({ failed }),
      seconds,
      commit,
    })),
  };
}
