/** Finds the images that a run is about to give versions: where they are, and the image of each platform in them. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { PlannedService } from '../../core/contract/plan';
import type { LocatedService } from '../../core/contract/scan/scan';
import { platformImages } from '../../core/image/manifest';
import type { Settings } from '../../core/settings/schema';
import { findManifest, type ManifestSources, plannedImage } from '../release/find-manifest';

/** Returns the images of a service. Throws `ImageMissing` if its registry does not have it. */
export async function locateImages(
  service: PlannedService,
  settings: Pick<Settings, 'releases' | 'candidates'>,
  sources: ManifestSources,
): Promise<LocatedService> {
  const { from, reference } = plannedImage(service, settings);
  const { host, repository } = from;
  const manifest = await findManifest(from, reference, sources);
  if (manifest === undefined) {
    const text = `${host}/${repository} has no ${reference}, which was to be scanned; start the run again`;
    throw new PipelineError(ERROR_NAMES.imageMissing, text);
  }
  // An index without images is asked about itself, so that the scanner refuses it.
  const images = platformImages(manifest.bytes, manifest.mediaType);
  return { host, repository, digests: images.length === 0 ? [manifest.digest] : images };
}
