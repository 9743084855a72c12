/**
 * Builds modules without their tools, to try the pipeline out. A package contains the module's files and can be installed, but neither its
 * build file nor its tests are run. The job tool does the rest, as in a real job.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readDirectoryTree } from '../../../adapters/git/tree';
import { collectPackage, MODULE_FILES, prepareModule } from '../../../buildspecs/job/module-tool';
import { messageOf, PipelineError } from '../../../core/contract/errors';
import { MODULE_JOB_ENV, SOURCE_ARCHIVE } from '../../../core/contract/job-environment';
import { modFile } from '../../../core/modules/go/go';
import { GO_MOD } from '../../../core/modules/go/go-mod';
import { type BuildEnd, type ModuleBuilder, type ModuleBuildJob, withinLimits } from '../builder';
import { unpackArchive } from '../unpack-archive';
import type { EmbeddedPackage } from './embedded-package';
import { packMaven } from './pack-maven';
import { packNpm } from './pack-npm';
import { packPython } from './pack-python';

const JOBS_AT_ONCE = 4;

/** Creates the builder. It unpacks each source archive once, for all modules that are built from it. */
export function createEmbeddedModuleBuilder(): ModuleBuilder {
  const works: Promise<BuildEnd>[] = [];
  const sources = createSources();
  return {
    concurrency: JOBS_AT_ONCE,
    build: (job) =>
      withinLimits(job, () => {
        const work = buildAndLog(job, sources);
        works.push(work);
        return work;
      }),
    close: async () => {
      await Promise.allSettled(works);
      await sources.close();
    },
  };
}

/** Source archives, each unpacked once. */
interface Sources {
  open(folder: string): Promise<string>;
  close(): Promise<void>;
}

function createSources(): Sources {
  const unpacked = new Map<string, Promise<string>>();
  const unpack = async (folder: string) => {
    const directory = await mkdtemp(join(tmpdir(), 'module-source-'));
    await unpackArchive(join(folder, SOURCE_ARCHIVE), directory);
    return directory;
  };
  return {
    open: (folder) => {
      const directory = unpacked.get(folder) ?? unpack(folder);
      unpacked.set(folder, directory);
      return directory;
    },
    close: async () => {
      const directories = await Promise.allSettled(unpacked.values());
      for (const each of directories) {
        if (each.status === 'fulfilled') await rm(each.value, { recursive: true, force: true });
      }
    },
  };
}

async function buildAndLog(job: ModuleBuildJob, sources: Sources): Promise<BuildEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'module-job-'));
  try {
    await mkdir(dirname(job.logFile), { recursive: true });
    await writeFile(job.logFile, await buildModule(job, folder, sources));
    return { status: 'SUCCEEDED' };
  } catch (error) {
    const message = messageOf(error);
    await writeFile(job.logFile, `${message}\n`);
    // Any other error, such as a full disk, is the fault of this machine.
    return { status: error instanceof PipelineError ? 'FAILED' : 'FAULT', phase: 'BUILD', message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the package and stores it. Returns the log. */
async function buildModule(
  { source, variables, signal }: ModuleBuildJob,
  folder: string,
  sources: Sources,
): Promise<string> {
  const out = join(folder, 'job');
  const dist = join(folder, 'dist');
  const prepared = await prepareModule(await sources.open(source), out, variables);
  signal.throwIfAborted();

  await mkdir(dist);
  const module = join(out, MODULE_FILES.module);
  const entries = await readDirectoryTree(module);
  await packerOf(variables[MODULE_JOB_ENV.kind])(
    {
      folder: module,
      files: entries.filter(({ mode }) => mode.startsWith('100')).map(({ path }) => path),
      name: await readFile(join(out, MODULE_FILES.package), 'utf8'),
      imported: variables[MODULE_JOB_ENV.module].split('/').at(-1) ?? '',
      version: variables[MODULE_JOB_ENV.version],
    },
    dist,
  );
  const collected = await collectPackage(dist, out, variables);
  const packages = variables[MODULE_JOB_ENV.packages];
  const objects = (await readFile(join(out, MODULE_FILES.objects), 'utf8')).split('\0').filter((each) => each !== '');
  for (const object of objects) await cp(join(out, object), join(packages, object));
  return `${prepared}embedded builder: a package of the module's files; neither its build file nor its tests were run\n${collected}`;
}

function packerOf(kind: string): (source: EmbeddedPackage, dist: string) => Promise<void> {
  if (kind === 'go') return packGo;
  if (kind === 'maven') return packMaven;
  return kind === 'npm' ? packNpm : packPython;
}

/** A Go module is read from git. The build leaves its `go.mod`. */
async function packGo({ folder, version }: EmbeddedPackage, dist: string): Promise<void> {
  await cp(join(folder, GO_MOD), join(dist, modFile(version)));
}
