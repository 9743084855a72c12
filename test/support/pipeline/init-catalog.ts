/** `catalog init` on a tree in memory, for tests. */
import type { Catalog } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { evidenceFiles, readEvidence } from '../../../core/catalog-init/builds/evidence';
import type { ContextPreference } from '../../../core/catalog-init/choose-context';
import { draftCatalog, type InitialCatalog, initCatalog } from '../../../core/catalog-init/init-catalog';
import { tagFiles } from '../../../core/catalog-init/tag-files';
import { toolFiles } from '../../../core/catalog-init/tools/signs';
import { requiredBlobs } from '../../../core/input-digest/build-files';
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { type Files, textsOf, treeOf } from '../docker/docker-context';

/** Makes a catalog and reads it back. Only what `init` asks for is given to it. */
export function init(files: Files, wish: ContextPreference = 'root'): InitialCatalog & { readonly catalog: Catalog } {
  const tree = indexTree(treeOf(files));
  const all = textsOf(files);
  const wanted = new Map<string, Buffer>();
  const give = (ids: Iterable<string>) => {
    for (const id of ids) wanted.set(id, all.get(id) ?? Buffer.alloc(0));
  };
  give([...evidenceFiles(tree), ...toolFiles(tree), ...tagFiles(tree).flat()].map(({ id }) => id));
  give([...evidenceFiles(tree, wanted), ...toolFiles(tree, wanted)].map(({ id }) => id));
  const draft = draftCatalog(tree, readEvidence(tree, wanted));
  for (let ids = requiredBlobs(draft, tree); ids.size > 0; ids = requiredBlobs(draft, tree, wanted)) give(ids);
  const made = initCatalog(tree, wanted, wish);
  return { ...made, catalog: parseCatalog(made.text) };
}

/** A tree of Dockerfiles that hold next to nothing. */
export const dockerfiles = (...paths: string[]): Files =>
  Object.fromEntries(paths.map((path) => [path, 'FROM scratch\n']));

export const JIB = '<build><plugins><plugin><artifactId>jib-maven-plugin</artifactId></plugin></plugins></build>';

export const GRADLE = "plugins { id 'com.google.cloud.tools.jib' version '3.4.5' }\n";

export const MAIN = 'package main\nfunc main() {}\n';

/** Returns a `pom.xml`. */
export const POM = (more: string) => `<project><artifactId>shop</artifactId>${more}</project>`;

/** The services that are made of `files`, as they are planned: the tool or command, its folder, and the paths that count. */
export function made(files: Files) {
  const { catalog, text } = init(files);
  const tree = indexTree(treeOf(files));
  const { inputs, problems } = discoverInputs({ catalog, tree, texts: textsOf(files), recipeVersion: '1' });
  expect(problems).toEqual([]);
  return catalog.services.map(({ name, image, path, build }) => ({
    name,
    image,
    path,
    tool: build?.command[4] ?? build?.command.join(' '),
    args: build?.command.slice(8),
    reads: inputs.get(name)?.files.map((file) => file.path),
    text,
  }));
}
