/** Package indexes, as the steps use them. `adapters/packages` implements them, `test/support` has a fake. */
import type { IndexedKind } from '../contract/job';

/** A release in the index: its version and the names of its files. */
export interface PackageRelease {
  readonly version: string;
  readonly files: readonly string[];
}

/** One file of a release. Its name contains package and version. */
export interface PackageFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Packages of one kind by name, those of Python in any spelling. Throws `PackageIndexError`. */
export interface PackageIndex {
  /** Returns the release whose version ends with `suffix`, or undefined. */
  find(name: string, suffix: string): Promise<PackageRelease | undefined>;
  /** Returns the names of the files of exactly this version; none if there is no such release. */
  files(name: string, version: string): Promise<readonly string[]>;
  /**
   * Adds the file to its release. An existing file of that name stays as it is. Never deletes. An index that reads files refuses one that
   * says to be another package or version.
   */
  add(name: string, version: string, file: PackageFile): Promise<void>;
}

/** A module whose releases are tags of the monorepo: its folder, and the planned commit with its content. */
export interface TaggedModule {
  readonly path: string;
  readonly commit: string;
  readonly contentDigest: string;
  readonly run: string;
}

/** Opens the tags of one module, as an index of its releases. */
export type OpenTagIndex = (module: TaggedModule) => PackageIndex;

/** The indexes by kind. A kind is missing if nothing publishes it. */
export interface PackageIndexes extends Readonly<Partial<Record<IndexedKind, PackageIndex>>> {
  readonly go?: OpenTagIndex | undefined;
}

/** Returns the index of a module, or undefined if nothing publishes its kind. */
export function openIndex(
  packages: PackageIndexes,
  kind: IndexedKind | 'go',
  module: TaggedModule,
): PackageIndex | undefined {
  return kind === 'go' ? packages.go?.(module) : packages[kind];
}
