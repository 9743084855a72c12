/** What the protocols of indexes upload. */
import type { PackageFile } from '../../core/ports/packages';

/** A file to upload. `latest` is the version that the index shows first, for npm the one with the tag `latest`. */
export interface PackageUpload {
  readonly name: string;
  readonly version: string;
  readonly file: PackageFile;
  readonly latest: () => Promise<string | undefined>;
}

/** The address of an index, and the token for it. */
export interface UploadAddress {
  readonly url: URL;
  readonly token: string;
}
