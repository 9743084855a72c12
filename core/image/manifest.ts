/** What a manifest refers to: all that must be in a repository before the manifest may be put there. */
import * as z from 'zod';
import { InvalidInputError } from '../contract/errors';
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
  /** The withdrawn artifact manifest's layers. */
  blobs: z.array(DescriptorSchema).optional(),
  manifests: z.array(DescriptorSchema).optional(),
  subject: DescriptorSchema.optional(),
});

/** `manifests` are children to be put before this one, `blobs` its config and layers; each digest once. */
export interface ManifestLinks {
  /** The type that the manifest gives itself. */
  readonly mediaType?: string;
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
  /** The manifest that this one is about (a signature, an attestation). It need not exist. */
  readonly subject?: Descriptor;
}

/** Reads a manifest of the given type. Throws `InvalidInput` with every problem if it is none that can be copied. */
export function readManifestLinks(bytes: Buffer, mediaType: string): ManifestLinks {
  const result = ManifestSchema.safeParse(parse(bytes));
  if (!result.success) {
    throw new InvalidInputError(
      `the manifest of type ${mediaType} cannot be read`,
      result.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'manifest', message })),
    );
  }
  const { config, layers = [], blobs = [], manifests = [], subject, mediaType: own } = result.data;
  // Build caches are indexes whose entries are layers, so an entry's own type decides.
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

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function once(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

// Media types of manifests. Everything else that a manifest names is a blob.

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

// Which image of an index stands for it.

const Index = z.object({
  manifests: z.array(z.object({ digest: z.string(), platform: z.object({ os: z.string() }).optional() })),
});

/** The digest of the first image that an index lists; undefined if it lists none, or the manifest is no index. */
export function firstImageOf(manifest: Buffer): string | undefined {
  const { manifests = [] } = Index.safeParse(JSON.parse(manifest.toString('utf8'))).data ?? {};
  // BuildKit lists attestations as images of an unknown system.
  return manifests.find(({ platform }) => platform?.os !== 'unknown')?.digest;
}
