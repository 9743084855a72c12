/** Config and manifest of an embedded image (OCI image-spec 1.1). They hold no time and no commit: equal inputs, equal image. */

import { digestOf } from '../../adapters/registry/digest';
import { INPUT_DIGEST_LABEL } from '../../buildspecs/job/build-arguments';
import type { BaseDigests } from '../../core/build-facts';
import { BASES_LABEL, printBases } from '../../core/image/build-label';
import type { Manifest } from '../../core/ports';
import { INPUT_FOLDER, type LayerFile } from './image-layer';

/** Tells everybody who looks at the image that its `RUN` instructions were not run. */
export const BUILDER_LABEL = 'image-pipeline.builder';

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** What an embedded image is made of. */
export interface EmbeddedImage {
  readonly service: string;
  readonly inputDigest: string;
  readonly layer: Omit<LayerFile, 'file'>;
  /** What a real build would start from; undefined if from nothing. */
  readonly bases?: BaseDigests;
}

/** The image's config as bytes, and the manifest that names it and the layer. */
export function describeImage({ service, inputDigest, layer, bases }: EmbeddedImage): {
  readonly config: { readonly bytes: Buffer; readonly digest: string };
  readonly manifest: Manifest;
} {
  const config = addressed({
    architecture: 'amd64',
    os: 'linux',
    config: {
      WorkingDir: `/${INPUT_FOLDER}`,
      Labels: {
        [BUILDER_LABEL]: 'embedded',
        [INPUT_DIGEST_LABEL]: inputDigest,
        ...(bases === undefined ? {} : { [BASES_LABEL]: printBases(bases) }),
      },
    },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created_by: 'embedded builder', comment: `inputs of ${service}; no instruction was run` }],
  });
  const manifest = addressed({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: config.digest, size: config.bytes.length },
    layers: [{ mediaType: LAYER_TYPE, digest: layer.digest, size: layer.size }],
  });
  return { config, manifest: { ...manifest, mediaType: MANIFEST_TYPE } };
}

function addressed(value: unknown): { readonly bytes: Buffer; readonly digest: string } {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes) };
}
