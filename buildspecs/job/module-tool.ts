/** The job tool for modules: checks the source before a build, and the package after it. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDirectoryTree } from '../../adapters/git/tree';
import type { Catalog } from '../../core/catalog/model';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';
import { MODULE_JOB_ENV, MODULE_PROJECT_ENV } from '../../core/contract/job-environment';
import { findEntry, indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { BUILD_FILES, writeVersion } from '../../core/modules/declared-version';
import { BUILT_OBJECTS, builtPackage } from '../../core/modules/package';
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
  /** Arguments of pip that install what tests need besides the package. */
  requirements: 'requirements',
} as const;

/** The usual files for packages that only tests need, in the module's folder. */
const TEST_REQUIREMENTS = ['test-requirements.txt', 'requirements-test.txt', 'requirements_test.txt'];
/** The names of pytest's test files: https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery */
const TEST_FILE = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;

const PYTEST = ['python', '-m', 'pytest', '-p', 'no:cacheprovider', '--'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Refuses a module whose content is not the planned one, and writes the job's files into the folder `out`. Returns lines for the log. Throws
 * errors for a person to read.
 */
export async function prepareModule(directory: string, out: string, env: Environment): Promise<string> {
  const { module: name, catalogFile, contentDigest: planned, version } = readNeeded(env, NEEDED);
  const module = findModule(await readCatalog(directory, catalogFile), name);
  const folder = await pathWithin(directory, module.path);
  const tree = indexTree(await readDirectoryTree(folder));
  const found = contentDigest({ ...module, path: '' }, tree);
  if (found !== planned) throw otherContent(name, found, planned);

  const tests = filesOf(tree).some((path) => TEST_FILE.test(path));
  const requirements = TEST_REQUIREMENTS.filter((path) => filesOf(tree).includes(path));
  await mkdir(out, { recursive: true });
  await cp(folder, join(out, MODULE_FILES.module), { recursive: true, verbatimSymlinks: true });
  await writeBuildVersion(version, join(out, MODULE_FILES.module), tree);
  await writeFile(join(out, MODULE_FILES.package), module.publish.package);
  const command = module.publish.test?.command ?? (tests ? [...PYTEST, module.path] : []);
  await writeFile(join(out, MODULE_FILES.tests), nulEnded(command));
  const options = requirements.flatMap((path) => ['--requirement', join(folder, path)]);
  await writeFile(join(out, MODULE_FILES.requirements), nulEnded(options));
  return `content digest ${planned} as planned, over ${tree.entries.length} files\n`;
}

/** Checks the package that the build wrote into the folder `dist`, and copies it into `out` under the names of objects. */
export async function collectPackage(dist: string, out: string, env: Environment): Promise<string> {
  const { version } = readNeeded(env, NEEDED);
  const name = await readFile(join(out, MODULE_FILES.package), 'utf8');
  const built = builtPackage(await readdir(dist), { package: name, version });
  await cp(join(dist, built.wheel), join(out, BUILT_OBJECTS.wheel));
  await cp(join(dist, built.sdist), join(out, BUILT_OBJECTS.sdist));
  await writeFile(join(out, BUILT_OBJECTS.facts), JSON.stringify(built));
  return `built ${name} ${built.version}\n`;
}

const NEEDED = {
  module: MODULE_JOB_ENV.module,
  contentDigest: MODULE_JOB_ENV.contentDigest,
  version: MODULE_JOB_ENV.version,
  catalogFile: MODULE_PROJECT_ENV.catalogFile,
} as const;

/** Writes the version into the copy of the module. Its sdist has the version, too, and can be built again without the pipeline. */
async function writeBuildVersion(version: string, folder: string, tree: TreeIndex): Promise<void> {
  const found = BUILD_FILES.filter((file) => findEntry(tree, file)?.mode.startsWith('100'));
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
