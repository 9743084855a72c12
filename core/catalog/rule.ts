/** What a catalog rule is, and the two questions that most rules ask. */
import type { Catalog } from './catalog';
import { type CatalogIssue, excerpt, type Path } from './catalog-issue';
import type { CatalogFile } from './catalog-schema';

export interface Rule {
  readonly name: string;
  /** Sections that must be sound for this rule to judge. */
  readonly reads: readonly (keyof CatalogFile)[];
  /** `catalog` is what `file` means, defaults filled in. */
  readonly check: (file: CatalogFile, catalog: Catalog) => readonly CatalogIssue[];
}

/** A name at a place of the file. `key` is what must differ; `owner` is how a message calls the first of two. */
export interface Named {
  readonly key: string;
  readonly path: Path;
  readonly owner: string;
}

/** An issue for each name that an earlier one has already. */
export function repeated(all: readonly Named[], message: (firstOwner: string) => string): readonly CatalogIssue[] {
  const first = new Map<string, string>();
  return all.flatMap(({ key, path, owner }) => {
    const earlier = first.get(key);
    if (earlier !== undefined) return [{ path, message: message(excerpt(earlier)) }];
    first.set(key, owner);
    return [];
  });
}

/** A name at a place of the file that must be one of a list; undefined if the place is empty. */
export interface Reference {
  readonly path: Path;
  readonly name: string | undefined;
}

/** An issue for each reference to what does not exist. `kind` is `stage` or `module`. */
export function unknownReferences(
  kind: string,
  references: readonly Reference[],
  known: readonly string[],
): readonly CatalogIssue[] {
  const names = new Set(known);
  return references.flatMap(({ path, name }) => {
    if (name === undefined || names.has(name)) return [];
    return [{ path, message: `there is no ${kind} '${excerpt(name)}'`, unknown: { name, known } }];
  });
}
