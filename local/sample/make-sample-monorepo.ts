/** Writes a sample Cloud-Tuner monorepo: every service of a catalog with a Dockerfile that builds without network. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isScalar, parseDocument } from 'yaml';
import type { Catalog } from '../../core/catalog/catalog';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../core/errors';
import { sampleFiles } from './sample-files';

export interface SampleOptions {
  /** An empty folder, or one that does not exist yet. */
  readonly directory: string;
  readonly catalogText: string;
  /** Path of the values file in the repository; the chart lies around it. */
  readonly valuesFile: string;
  /** Platform version under development, in place of the catalog's. */
  readonly platformVersion?: string;
}

/**
 * Writes the files; the same options give the same bytes. Throws `InvalidCatalog` for a catalog that cannot be used, `InvalidInput`
 * for a layout that the sample does not have and for a folder with something in it.
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

/** The catalog with another platform version, every other byte as it was. */
export function withPlatform(catalogText: string, version: string): string {
  const node = parseDocument(catalogText).get('platform', true);
  if (!isScalar(node) || !node.range) return `platform: ${version}\n${catalogText}`;
  return catalogText.slice(0, node.range[0]) + version + catalogText.slice(node.range[1]);
}
