/** Media types of manifests. Everything else that a manifest names is a blob. */

/** The image manifest and the list of images, as Docker and as OCI call them. */
export const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
] as const;

/** Withdrawn before OCI 1.1 was final, still in some registries. */
const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';
const INDEXES: readonly string[] = [MANIFEST_TYPES[1], MANIFEST_TYPES[3]];

/** True if a registry keeps content of this type as a manifest. */
export function isManifestType(mediaType: string): boolean {
  return (MANIFEST_TYPES as readonly string[]).includes(mediaType) || mediaType === ARTIFACT_MANIFEST;
}

/** True for a list of manifests. */
export function isIndexType(mediaType: string): boolean {
  return INDEXES.includes(mediaType);
}

/** True for layers that a registry need not hold and clients fetch from `urls` (base layers of Windows images). */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes('.foreign.') || mediaType.includes('.nondistributable.');
}
