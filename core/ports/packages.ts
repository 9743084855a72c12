/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */

// -------------------------------------------------------------------------------------------------------- package index

/** A release as the index has it: its version and the names of its files. */
export interface PackageRelease {
  readonly version: string;
  readonly files: readonly string[];
}

/** One file of a release; its name says package and version. */
export interface PackageFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Python packages by name, however it is written. Throws `PackageIndexError`. */
export interface PackageIndex {
  /** The release whose version ends with `suffix`; undefined if there is none. */
  find(name: string, suffix: string): Promise<PackageRelease | undefined>;
  /** Adds the file to its release. A file of that name that is there already stays as it is. Never deletes. */
  add(name: string, version: string, file: PackageFile): Promise<void>;
}
