/** What a manifest refers to: all that must be in a repository before the manifest may be put there. */
import * as z from 'zod';
import { InvalidInputError } from '../errors';
import { isDigest } from './grammar';
import { isForeignLayer, isIndexType, isManifestType } from './media-types';

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
