/** The content that a manifest refers to: a repository must have it before the manifest can be put there. */
import * as z from 'zod';
import { InvalidInputError } from '../contract/errors';
import { parseJson } from '../text/json';
import { isDigest } from './reference';

const DescriptorSchema = z.object({
  mediaType: z.string().min(1),
  digest: z.string().refine(isDigest, 'must be sha256: and 64 hex digits'),
  size: z.int().min(0),
});

/** A reference to content by its digest. `size` is in bytes. */
export type Descriptor = Readonly<z.infer<typeof DescriptorSchema>>;

const ManifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: DescriptorSchema.optional(),
  layers: z.array(DescriptorSchema).optional(),
  /** The layers of the withdrawn artifact manifest. */
  blobs: z.array(DescriptorSchema).optional(),
  manifests: z.array(DescriptorSchema).optional(),
  subject: DescriptorSchema.optional(),
});

/** The references of a manifest: `manifests` are its children, `blobs` its config and layers. Each digest is listed once. */
export interface ManifestLinks {
  /** The media type in the manifest itself. */
  readonly mediaType?: string;
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
  /** The manifest that a signature or an attestation refers to. It need not exist. */
  readonly subject?: Descriptor;
}

/** Reads a manifest of the given type. Throws `InvalidInput` with every problem if it cannot be copied. */
export function readManifestLinks(bytes: Buffer, mediaType: string): ManifestLinks {
  const result = ManifestSchema.safeParse(parseJson(bytes.toString('utf8')));
  if (!result.success) {
    throw new InvalidInputError(
      `the manifest of type ${mediaType} cannot be read`,
      result.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'manifest', message })),
    );
  }
  const { config, layers = [], blobs = [], manifests = [], subject, mediaType: own } = result.data;
  // A build cache is an index whose entries are layers, so the type of each entry decides.
  const children = isIndexType(mediaType) ? manifests : [];
  const content = [...(config === undefined ? [] : [config]), ...layers, ...blobs];
  return {
    ...(own === undefined ? {} : { mediaType: own }),
    manifests: once(children.filter((child) => isManifestType(child.mediaType))),
    blobs: once(
      [...content, ...children.filter((child) => !isManifestType(child.mediaType))].filter(
        (blob) => !isForeignLayer(blob.mediaType),
      ),
    ),
    ...(subject === undefined ? {} : { subject }),
  };
}

function once(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** The media types of image manifests and of indexes, by Docker and by OCI. Everything else that a manifest names is a blob. */
export const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
] as const;

/** A type that was withdrawn before OCI 1.1; some registries still have it. */
const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';

const INDEXES: readonly string[] = [MANIFEST_TYPES[1], MANIFEST_TYPES[3]];

/** Returns true for content that a registry stores as a manifest. */
export function isManifestType(mediaType: string): boolean {
  return (MANIFEST_TYPES as readonly string[]).includes(mediaType) || mediaType === ARTIFACT_MANIFEST;
}

/** Returns true for a list of manifests. */
export function isIndexType(mediaType: string): boolean {
  return INDEXES.includes(mediaType);
}

/** Returns true for layers that clients fetch from `urls`, not from the registry (base layers of Windows images). */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes('.foreign.') || mediaType.includes('.nondistributable.');
}

const Index = z.object({
  manifests: z.array(z.object({ digest: z.string(), platform: z.object({ os: z.string() }).optional() })),
});

/** Returns the digest of the first image in an index; undefined if it has none, or if the manifest is not an index. */
export function firstImageOf(manifest: Buffer): string | undefined {
  return imagesIn(manifest)[0];
}

/** Returns the digests of an index's images, one for each platform. An attestation is no image, and a manifest that is no index has none. */
export function platformImages(manifest: Buffer, mediaType: string): readonly string[] {
  return isIndexType(mediaType) ? imagesIn(manifest) : [];
}

function imagesIn(manifest: Buffer): readonly string[] {
  const { manifests = [] } = Index.safeParse(parseJson(manifest.toString('utf8'))).data ?? {};
  // BuildKit lists attestations as images for an unknown operating system.
  return manifests.filter(({ platform }) => platform?.os !== 'unknown').map(({ digest }) => digest);
}

/** https://docs.docker.com/build/metadata/attestations/attestation-storage/ */
const Attested = z.object({
  manifests: z
    .array(z.object({ digest: z.string().refine(isDigest), annotations: z.record(z.string(), z.string()).optional() }))
    .default([]),
});
const Attestation = z.object({
  layers: z.array(z.object({ annotations: z.record(z.string(), z.string()).optional() })).default([]),
});

/** Returns the digests of the manifests in which BuildKit keeps an image's attestations; none if it is no index. */
export function attestationManifests(index: Buffer): readonly string[] {
  const { manifests = [] } = Attested.safeParse(parseJson(index.toString('utf8'))).data ?? {};
  return manifests
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest')
    .map(({ digest }) => digest);
}

/** Returns the predicate types of such a manifest: `https://spdx.dev/Document`, `https://slsa.dev/provenance/v1`. */
export function predicateTypes(attestation: Buffer): readonly string[] {
  const { layers = [] } = Attestation.safeParse(parseJson(attestation.toString('utf8'))).data ?? {};
  return layers.flatMap(({ annotations }) => annotations?.['in-toto.io/predicate-type'] ?? []);
}
