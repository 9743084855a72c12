/** What the embedded builder packs. */

/** The source of a package. `files` are paths in `folder`. */
export interface EmbeddedPackage {
  readonly folder: string;
  readonly files: readonly string[];
  /** Its name in the index. */
  readonly name: string;
  /** The name that people import, if the folder itself is the package. */
  readonly imported: string;
  readonly version: string;
}
