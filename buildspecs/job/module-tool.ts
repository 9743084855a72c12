/** The job tool for modules: checks the source before a build, and the package after it. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readDirectoryTree } from '../../adapters/git/tree';
import { readTarball } from '../../adapters/packages/npm-tarball';
import type { Catalog } from '../../core/catalog/model';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';
import { MODULE_KINDS } from '../../core/contract/job';
import { MODULE_JOB_ENV, MODULE_PROJECT_ENV } from '../../core/contract/job-environment';
import { findEntry, indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { BUILT_FACTS } from '../../core/modules/ecosystem';
import { ecosystemOf } from '../../core/modules/ecosystems';
import { checkPom } from '../../core/modules/maven/pom';
import { hasTestScript, MANIFEST } from '../../core/modules/npm/manifest';
import { contentDigest, type PublishingModule, publishingModules } from '../../core/modules/plan-modules';
import { nulEnded, readNeeded } from './job-environment';
import { pathWithin, readCatalog } from './read-source';

/** The files that the tool writes for the buildspec of a module. */
export const MODULE_FILES = {
  /** A copy of the module's folder alone, so that a build cannot read files outside of it. */
  module: 'module',
  /** The package's name in the catalog. */
  package: 'package',
  /** The command that tests the module; empty if it has no tests. */
  tests: 'tests',
  /** The folder in the source, where a Go module is built: its users get it from git, and nothing is packed. */
  folder: 'folder',
  /** Arguments of pip that install what tests need besides the package; empty for other kinds. */
  requirements: 'requirements',
  /** The names of the objects that the build leaves, in their order. */
  objects: 'objects',
} as const;

/** The usual files for packages that only tests need, in the module's folder. */
const TEST_REQUIREMENTS = ['test-requirements.txt', 'requirements-test.txt', 'requirements_test.txt'];
/** The names of pytest's test files: https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery */
const TEST_FILE = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;

const PYTEST = ['python', '-m', 'pytest', '-p', 'no:cacheprovider', '--'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Writes the job's files into `out`, and returns lines for the log. Throws for a module whose content is not the planned one. */
export async function prepareModule(directory: string, out: string, env: Environment): Promise<string> {
  const { module: name, catalogFile, contentDigest: planned, version } = readNeeded(env, NEEDED);
  const module = findModule(await readCatalog(directory, catalogFile), name);
  const folder = await pathWithin(directory, module.path);
  const tree = indexTree(await readDirectoryTree(folder));
  const found = contentDigest({ ...module, path: '' }, tree);
  if (found !== planned) throw otherContent(name, found, planned);

  await mkdir(out, { recursive: true });
  const copy = join(out, MODULE_FILES.module);
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  await writeBuildVersion(version, copy, tree, module);
  await writeFile(join(out, MODULE_FILES.package), module.publish.package);
  await writeFile(join(out, MODULE_FILES.folder), module.path);
  const write = (file: string, texts: readonly string[]) => writeFile(join(out, file), nulEnded(texts));
  await write(MODULE_FILES.tests, module.publish.test?.command ?? (await usualTests(module, copy, tree)));
  await write(MODULE_FILES.requirements, module.publish.kind === undefined ? pipRequirements(folder, tree) : []);
  return `content digest ${planned} as planned, over ${tree.entries.length} files\n`;
}

/** Returns the command that tests a module of its kind as people do; none if it has no tests. */
async function usualTests(
  { path, publish }: PublishingModule,
  copy: string,
  tree: TreeIndex,
): Promise<readonly string[]> {
  if (publish.kind === 'maven') {
    return filesOf(tree).some((file) => file.startsWith('src/test/')) ? ['mvn', '-B', '-ntp', 'test'] : [];
  }
  if (publish.kind === 'go') return ['go', 'test', './...'];
  if (publish.kind === 'npm') {
    return hasTestScript(await readFile(join(copy, MANIFEST), 'utf8')) ? ['npm', 'test'] : [];
  }
  return filesOf(tree).some((file) => TEST_FILE.test(file)) ? [...PYTEST, path] : [];
}

function pipRequirements(folder: string, tree: TreeIndex): readonly string[] {
  const files = TEST_REQUIREMENTS.filter((path) => filesOf(tree).includes(path));
  return files.flatMap((path) => ['--requirement', join(folder, path)]);
}

/** Checks the package that the build wrote into the folder `dist`, and copies it into `out` under the names of objects. */
export async function collectPackage(dist: string, out: string, env: Environment): Promise<string> {
  const { version, kind } = readNeeded(env, NEEDED);
  const { parts, builtPackage } = ecosystemOf({ kind: ModuleKindName.parse(kind) });
  const name = await readFile(join(out, MODULE_FILES.package), 'utf8');
  const wanted = { package: name, version };
  const built = builtPackage(await readdir(dist), wanted);
  if (built.tarball !== undefined) await readTarball(await readFile(join(dist, built.tarball)), wanted);
  if (built.pom !== undefined) checkPom(await readFile(join(dist, built.pom), 'utf8'), wanted);
  for (const part of parts) await cp(join(dist, built[part] ?? ''), join(out, part));
  await writeFile(join(out, BUILT_FACTS), JSON.stringify(built));
  // The facts come last: without them nothing is published.
  await writeFile(join(out, MODULE_FILES.objects), nulEnded([...parts, BUILT_FACTS]));
  return `built ${name} ${built.version}\n`;
}

const ModuleKindName = z.enum(MODULE_KINDS);

const NEEDED = {
  module: MODULE_JOB_ENV.module,
  kind: MODULE_JOB_ENV.kind,
  contentDigest: MODULE_JOB_ENV.contentDigest,
  version: MODULE_JOB_ENV.version,
  catalogFile: MODULE_PROJECT_ENV.catalogFile,
} as const;

/** Writes the version into the copy of the module. Its sdist has the version, too, and can be built again without the pipeline. */
async function writeBuildVersion(
  version: string,
  folder: string,
  tree: TreeIndex,
  { publish }: PublishingModule,
): Promise<void> {
  const { buildFiles, writeVersion } = ecosystemOf(publish);
  const found = buildFiles.filter((file) => findEntry(tree, file)?.mode.startsWith('100'));
  const texts = new Map<string, string>();
  for (const file of found) texts.set(file, await readFile(join(folder, file), 'utf8'));
  const { file, text } = writeVersion(version, (each) => texts.get(each));
  await writeFile(join(folder, file), text);
}

function filesOf(tree: TreeIndex): readonly string[] {
  return tree.entries.map(({ path }) => path);
}

/** Returns the module of that name. Throws `InvalidInput` if the catalog does not publish it. */
function findModule(catalog: Catalog, name: string): PublishingModule {
  const module = publishingModules(catalog).find((each) => each.name === name);
  if (module !== undefined) return module;
  throw new InvalidInputError('the job cannot be done', [
    { path: name, message: 'the catalog publishes no such module' },
  ]);
}

function otherContent(module: string, found: string | undefined, planned: string): PipelineError {
  return new PipelineError(
    ERROR_NAMES.inputDigestMismatch,
    `the content digest of ${module} in the fetched source is ${found ?? 'none, since it has no files'}, the plan said ${planned}; nothing was built. The source archive is not the planned commit's, or plan step and job tool are of different versions: deploy again, then start the run again`,
  );
}
