/** Which blobs `discoverInputs` needs the text of: Dockerfiles, ignore files and symlinks. */
import type { Catalog, Service } from '../catalog/catalog';
import type { TreeEntry } from '../ports';
import { withinRoot } from './ignore/clean-path';
import { findEntry, joinPath, linksIn, type TreeIndex } from './tree-index';

/**
 * Blob ids whose text is needed and not yet in `known`. One call is enough unless a Dockerfile or an ignore file is itself a
 * symlink: call again with what was read, until nothing is left to read.
 */
export function filesToRead(
  catalog: Catalog,
  tree: TreeIndex,
  known: ReadonlyMap<string, Buffer> = new Map(),
): ReadonlySet<string> {
  const wanted = new Set<string>();
  const contexts = new Set<string>();
  for (const service of catalog.services) {
    contexts.add(service.context);
    for (const path of buildFiles(service)) {
      for (const { id } of entriesOnTheWay(tree, path, known)) wanted.add(id);
    }
  }
  // Which links lie on the way to a source is known only when the Dockerfiles are.
  for (const { id } of linksIn(tree, [...contexts])) wanted.add(id);
  for (const id of known.keys()) wanted.delete(id);
  return wanted;
}

/** Paths of a service's Dockerfile and of the ignore files that may belong to it; the one named after the Dockerfile wins. */
export function buildFiles({
  dockerfile,
  context,
}: Service): readonly [dockerfile: string, own: string, shared: string] {
  return [dockerfile, `${dockerfile}.dockerignore`, joinPath(context, '.dockerignore')];
}

/** The file at a path and the symlinks that lead to it; without the file if a link's text is not known, or leads nowhere. */
export function entriesOnTheWay(
  tree: TreeIndex,
  path: string,
  texts: ReadonlyMap<string, Buffer>,
): readonly TreeEntry[] {
  const entries = new Map<string, TreeEntry>();
  for (let next = path; ; ) {
    const entry = findEntry(tree, next);
    if (entry === undefined || entries.has(next)) return [...entries.values()];
    entries.set(next, entry);
    const target = entry.mode === '120000' ? texts.get(entry.id)?.toString('utf8') : undefined;
    if (target === undefined || target.startsWith('/')) return [...entries.values()];
    next = withinRoot(`${next}/../${target}`);
  }
}
