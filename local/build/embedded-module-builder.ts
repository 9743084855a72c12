/**
 * Builds modules without Python, to try the pipeline out. A package contains the module's files and can be installed, but neither its build
 * file nor its tests are run. The job tool does the rest, as in a real job.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { readDirectoryTree } from '../../adapters/git/tree';
import { collectPackage, MODULE_FILES, prepareModule } from '../../buildspecs/job/module-tool';
import { messageOf, PipelineError } from '../../core/contract/errors';
import { MODULE_JOB_ENV, SOURCE_ARCHIVE } from '../../core/contract/job-environment';
import { BUILT_OBJECTS } from '../../core/modules/package';
import { type BuildEnd, type ModuleBuilder, type ModuleBuildJob, withinLimits } from './builder';
import { unpackArchive } from './unpack-archive';

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
  await packPackage(
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
  for (const object of [BUILT_OBJECTS.sdist, BUILT_OBJECTS.wheel, BUILT_OBJECTS.facts]) {
    await cp(join(out, object), join(packages, object));
  }
  return `${prepared}embedded builder: a package of the module's files; neither its build file nor its tests were run\n${collected}`;
}

/** The source of a package. `files` are paths in `folder`. */
interface EmbeddedPackage {
  readonly folder: string;
  readonly files: readonly string[];
  /** The distribution name. */
  readonly name: string;
  /** The name that people import, if the folder itself is the package. */
  readonly imported: string;
  readonly version: string;
}

/** Files about a package, which are not installed with it. */
const NOT_INSTALLED =
  /^(setup\.(py|cfg)|pyproject\.toml|MANIFEST\.in|README[^/]*|[^/]*requirements[^/]*\.txt|tests?\/.*)$/;

/** The earliest time that a ZIP file can store. It makes wheels of equal files equal. */
const NO_TIME = new Date(1980, 0, 1);

/** Writes a wheel and an sdist into the folder `dist`. */
export async function packPackage(source: EmbeddedPackage, dist: string): Promise<void> {
  const { version } = source;
  const contents = new Map<string, Buffer>();
  for (const file of source.files) contents.set(file, await readFile(join(source.folder, file)));
  const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${source.name}\nVersion: ${version}\n`);
  const stem = source.name.replace(/[-_.]+/g, '_').toLowerCase();

  const wheel = wheelOf(`${stem}-${version}.dist-info`, installed(contents, source.imported), metadata);
  await writeFile(join(dist, `${stem}-${version}-py3-none-any.whl`), wheel);
  const top = `${stem}-${version}`;
  await writeSdist(new Map([['PKG-INFO', metadata], ...contents]), top, join(dist, `${top}.tar.gz`));
}

/** Returns the files to install. A folder that is a package gets its name; one that contains packages (also in `src`) stays as it is. */
function installed(contents: ReadonlyMap<string, Buffer>, imported: string): ReadonlyMap<string, Buffer> {
  const files = [...contents].filter(([file]) => !NOT_INSTALLED.test(file));
  if (contents.has('__init__.py')) return new Map(files.map(([file, bytes]) => [`${imported}/${file}`, bytes]));
  return new Map(files.map(([file, bytes]) => [file.replace(/^src\//, ''), bytes]));
}

/** Returns the wheel: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
function wheelOf(info: string, files: ReadonlyMap<string, Buffer>, metadata: Buffer): Uint8Array {
  const tags = Buffer.from(
    'Wheel-Version: 1.0\nGenerator: embedded-builder\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  );
  const all = new Map([...files, [`${info}/METADATA`, metadata], [`${info}/WHEEL`, tags]]);
  const lines = [...all].map(([file, bytes]) => `${recorded(file)},sha256=${digestOf(bytes)},${bytes.length}`);
  const record = Buffer.from([...lines, `${info}/RECORD,,`, ''].join('\n'));
  return zipSync(Object.fromEntries([...all, [`${info}/RECORD`, record]]), { mtime: NO_TIME });
}

/** Returns the path as a field of the list of files, which is CSV. */
function recorded(file: string): string {
  return /[",\n]/.test(file) ? `"${file.replaceAll('"', '""')}"` : file;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

async function writeSdist(files: ReadonlyMap<string, Buffer>, top: string, path: string): Promise<void> {
  const archive = pack();
  for (const [file, bytes] of files) archive.entry({ name: `${top}/${file}`, mtime: new Date(0) }, bytes);
  archive.finalize();
  await pipeline(archive, createGzip(), createWriteStream(path));
}
