/** Writes a sample Cloud-Tuner monorepo: every service of a catalog with a Dockerfile that builds without network. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  /** An empty folder. */
  readonly directory: string;
  readonly catalogText: string;
  /** The path of the values file in the repository, in the folder of the chart. */
  readonly valuesFile: string;
}

/**
 * Writes the files; the same options give the same bytes. Throws `InvalidCatalog` for a catalog that cannot be used, and `InvalidInput` for a
 * layout that the sample does not have.
 */
export async function makeSampleMonorepo({ directory, catalogText, valuesFile }: SampleOptions): Promise<void> {
  const catalog = parseCatalog(catalogText);
  refuseOtherLayouts(catalog);
  const files = sampleFiles(catalog, catalogText, valuesFile);
  for (const folder of new Set(files.map(({ path }) => dirname(join(directory, path))))) {
    await mkdir(folder, { recursive: true });
  }
  for (const { path, content, executable } of files) {
    await writeFile(join(directory, path), content, { flag: 'wx', mode: executable ? 0o755 : 0o644 });
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

/** Makes the folder a repository with one commit of everything in it, on the branch `main`. Throws `GitHostError` if git fails. */
export async function commitAll(directory: string, message: string): Promise<void> {
  await runGit(directory, ['init', '--quiet', '--template=']);
  await runGit(directory, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
  await runGit(directory, ['add', '--all', '--force', '.']);
  await runGit(directory, ['commit', '--quiet', '--message', message], { env: IDENTITY });
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
