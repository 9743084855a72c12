/** The published modules of a demonstration: what builds them, and the folders that have their packages. */
import { simpleFolder } from '../../adapters/packages/folder-index';
import { mavenFolder } from '../../adapters/packages/maven-folder';
import { npmFolder } from '../../adapters/packages/npm-folder';
import type { Catalog } from '../../core/catalog/model';
import { type IndexedKind, MODULE_KINDS, type ModuleKind } from '../../core/contract/job';
import { publishingModules } from '../../core/modules/plan-modules';
import { shellWord } from '../../core/text/escape';
import type { ModuleTools } from '../../local/build/build-tools';

/** Returns a line for each kind of modules that the catalog publishes. */
export function moduleLines(catalog: Catalog, tools: ModuleTools): readonly string[] {
  return publishedKinds(catalog).map(({ kind, count }) => {
    const tool = tools[kind];
    const builder =
      tool === undefined ? 'the embedded builder (build files and tests are not run)' : `${tool.path} and its tests`;
    return `${count} modules${kind === 'python' ? '' : ` of ${kind}`}, built with ${builder}`;
  });
}

/** Returns name, folder and remark of each index that the catalog publishes to. `packages` is their common folder. Go modules are in the repository. */
export function packagePlaces(
  catalog: Catalog,
  packages: string,
): readonly (readonly [name: string, path: string, remark: string])[] {
  const index = shellWord(`file://${simpleFolder(packages)}`);
  const places: Readonly<Record<IndexedKind, readonly [string, string, string]>> = {
    python: ['packages', simpleFolder(packages), `pip install --index-url ${index} NAME`],
    npm: ['npm', npmFolder(packages), `npm install ${shellWord(npmFolder(packages))}/NAME/FILE.tgz`],
    maven: ['maven', mavenFolder(packages), `<url>file://${mavenFolder(packages)}</url> as a repository`],
  };
  return publishedKinds(catalog).flatMap(({ kind }) => (kind === 'go' ? [] : [places[kind]]));
}

function publishedKinds(catalog: Catalog): readonly { readonly kind: ModuleKind; readonly count: number }[] {
  const kinds = publishingModules(catalog).map(({ publish }) => publish.kind ?? 'python');
  const counted = MODULE_KINDS.map((kind) => ({ kind, count: kinds.filter((each) => each === kind).length }));
  return counted.filter(({ count }) => count > 0);
}
