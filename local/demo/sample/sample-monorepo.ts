/** Writes a sample Cloud-Tuner monorepo: every service of a catalog with a Dockerfile that builds without network. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isScalar, parseDocument } from 'yaml';
import { runGit } from '../../../adapters/git/local/git-command';
import type { Catalog, Module, Service } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../../core/contract/errors';
import { clientCopies, moduleFiles } from './modules';
import { plainService } from './plain-service';
import { pythonService } from './python-service';
import { chartFiles, documentFiles } from './root-files';
import type { SampleFile } from './sample-file';

interface SampleOptions {
  /** An empty folder, or one that does not exist yet. */
  readonly directory: string;
  readonly catalogText: string;
  /** The path of the values file in the repository, in the folder of the chart. */
  readonly valuesFile: string;
  /** Platform version under development, in place of the catalog's. */
  readonly platformVersion?: string;
}

/**
 * Writes the files; the same options give the same bytes. Throws `InvalidCatalog` for a catalog that cannot be used. Throws `InvalidInput` for
 * a layout that the sample does not have, and for a folder that is not empty.
 */
export async function makeSampleMonorepo(options: SampleOptions): Promise<void> {
  const { directory, platformVersion, valuesFile } = options;
  const text = platformVersion === undefined ? options.catalogText : withPlatform(options.catalogText, platformVersion);
  const catalog = parseCatalog(text);
  refuseOtherLayouts(catalog);
  const files = sampleFiles(catalog, text, valuesFile);
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    const message = `${directory} holds files already; name an empty folder`;
    throw new InvalidInputError('the sample cannot be written', [{ path: 'directory', message }]);
  }
  for (const folder of new Set(files.map(({ path }) => dirname(join(directory, path))))) {
    await mkdir(folder, { recursive: true });
  }
  for (const { path, content, executable } of files) {
    await writeFile(join(directory, path), content, { flag: 'wx' });
    await chmod(join(directory, path), executable ? 0o755 : 0o644);
  }
}

/** The sample's Dockerfiles name their sources from the repository's root, as the real ones do. */
function refuseOtherLayouts({ services }: Catalog): void {
  const problems = services
    .filter(({ context, path, target }) => context !== '' || path === '' || target !== undefined)
    .map(({ name }) => ({
      path: `services.${name}`,
      message: 'must have a folder of its own, the repository as build context and no target, to be in a sample',
    }));
  if (problems.length > 0) throw new InvalidInputError('no sample can be made of this catalog', problems);
}

/** Returns the catalog with another platform version, every other byte as it was. */
export function withPlatform(catalogText: string, version: string): string {
  const node = parseDocument(catalogText).get('platform', true);
  if (!isScalar(node) || !node.range) return `platform: ${version}\n${catalogText}`;
  return catalogText.slice(0, node.range[0]) + version + catalogText.slice(node.range[1]);
}

/** A fixed author and time, so that the same files always give the same commit. */
const AUTHOR = { name: 'Sample Developer', email: 'developer@sample.invalid', date: '2025-10-01T09:00:00Z' };

const IDENTITY = {
  GIT_AUTHOR_NAME: AUTHOR.name,
  GIT_AUTHOR_EMAIL: AUTHOR.email,
  GIT_AUTHOR_DATE: AUTHOR.date,
  GIT_COMMITTER_NAME: AUTHOR.name,
  GIT_COMMITTER_EMAIL: AUTHOR.email,
  GIT_COMMITTER_DATE: AUTHOR.date,
};

/**
 * Commits everything in the folder, and returns the commit, or the last one if nothing changed. A folder that is no repository becomes one,
 * with the branch `main`. Throws `GitHostError` if git fails.
 */
export async function commitAll(directory: string, message: string): Promise<string> {
  if (!(await isRepository(directory))) {
    await runGit(directory, ['init', '--quiet', '--template=']);
    await runGit(directory, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
  }
  await runGit(directory, ['add', '--all', '--force', '.']);
  const { stdout } = await runGit(directory, ['status', '--porcelain']);
  if (stdout.length > 0) await runGit(directory, ['commit', '--quiet', '--message', message], { env: IDENTITY });
  const head = await runGit(directory, ['rev-parse', '--verify', 'HEAD']);
  return head.stdout.toString('utf8').trim();
}

async function isRepository(directory: string): Promise<boolean> {
  const { stdout, exitCode } = await runGit(directory, ['rev-parse', '--git-dir'], { accept: [128] });
  return exitCode === 0 && stdout.toString('utf8').trim() === '.git';
}

/**
 * Returns all files of a sample monorepo, sorted by path, each path once. The same catalog always gives the same bytes. `catalogText` becomes
 * `pipeline.yaml`, and `valuesPath` is the path of the chart's values file.
 */
export function sampleFiles(catalog: Catalog, catalogText: string, valuesPath: string): readonly SampleFile[] {
  const files = [
    ...catalog.modules.flatMap(moduleFiles),
    ...catalog.services.flatMap((service) => serviceFiles(service, catalog.modules)),
    ...chartFiles(catalog, valuesPath),
    ...documentFiles(catalog),
    { path: 'pipeline.yaml', content: catalogText },
  ];
  // Services of one family bring the same shared files.
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function serviceFiles(service: Service, modules: readonly Module[]): readonly SampleFile[] {
  const copied = [...service.dependencies, ...clientCopies(service.name)];
  const used = modules.filter(({ name }) => copied.includes(name));
  const plain = used.length === 0 ? plainService(service) : undefined;
  return plain ?? pythonService(service, used);
}
