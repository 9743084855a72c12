/**
 * Builds modules without their tools, to try the pipeline out. A package contains the module's files and can be installed, but neither its
 * build file nor its tests are run. The job tool does the rest, as in a real job.
 */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDirectoryTree } from '../../../adapters/git/tree';
import { collectPackage, MODULE_FILES, prepareModule } from '../../../buildspecs/job/module-tool';
import { MODULE_JOB_ENV, SOURCE_ARCHIVE } from '../../../core/contract/job-environment';
import { createInProcessBuilder, type ModuleBuilder, type ModuleBuildJob } from '../builder';
import { createUnpackedSources } from '../unpack-archive';
import { packModule } from './pack-module';

const JOBS_AT_ONCE = 4;

/** Creates the builder. It unpacks each source archive once, for all modules that are built from it. */
export function createEmbeddedModuleBuilder(): ModuleBuilder {
  const sources = createUnpackedSources(async (directory) => directory);
  const build = async (job: ModuleBuildJob) => {
    const folder = await mkdtemp(join(tmpdir(), 'module-job-'));
    try {
      return await buildModule(job, folder, await sources.open(join(job.source, SOURCE_ARCHIVE)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return createInProcessBuilder(JOBS_AT_ONCE, build, sources.close);
}

/** Builds the package and stores it. Returns the log. */
async function buildModule({ variables, signal }: ModuleBuildJob, folder: string, source: string): Promise<string> {
  const out = join(folder, 'job');
  const dist = join(folder, 'dist');
  const prepared = await prepareModule(source, out, variables);
  signal.throwIfAborted();

  await mkdir(dist);
  const module = join(out, MODULE_FILES.module);
  const entries = await readDirectoryTree(module);
  const built = {
    folder: module,
    files: entries.filter(({ mode }) => mode.startsWith('100')).map(({ path }) => path),
    name: await readFile(join(out, MODULE_FILES.package), 'utf8'),
    imported: variables[MODULE_JOB_ENV.module].split('/').at(-1) ?? '',
    version: variables[MODULE_JOB_ENV.version],
  };
  await packModule(variables[MODULE_JOB_ENV.kind], built, dist);
  const collected = await collectPackage(dist, out, variables);
  const packages = variables[MODULE_JOB_ENV.packages];
  const objects = (await readFile(join(out, MODULE_FILES.objects), 'utf8')).split('\0').filter((each) => each !== '');
  for (const object of objects) await cp(join(out, object), join(packages, object));
  return `${prepared}embedded builder: a package of the module's files; neither its build file nor its tests were run\n${collected}`;
}
