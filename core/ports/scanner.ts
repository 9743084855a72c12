/** Scanners of images, as the scan step uses them. `adapters/registry/ecr` and `adapters/scan` implement this port. */
import type { ImageScan } from '../contract/scan/scan';
import type { RepositoryName } from './registry';

export interface ImageScanner {
  /**
   * Returns what is known of the image of one platform by its digest, and starts a scan if there is none. Throws `ScannerError` if the
   * scanner itself does not work, so that no image can be scanned.
   */
  scan(name: RepositoryName, digest: string): Promise<ImageScan>;
}
