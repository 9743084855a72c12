/** The package index, as the steps use it. `adapters/packages` implements it, `test/support` has a fake. */

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

/** Python packages by name, in any spelling. Throws `PackageIndexError`. */
export interface PackageIndex {
  /** Returns the release whose version ends with `suffix`, or undefined. */
  find(name: string, suffix: string): Promise<PackageRelease | undefined>;
  /** Returns the names of the files of exactly this version; none if there is no such release. */
  files(name: string, version: string): Promise<readonly string[]>;
  /** Adds the file to its release. An existing file of that name stays as it is. Never deletes. */
  add(name: string, version: string, file: PackageFile): Promise<void>;
}
