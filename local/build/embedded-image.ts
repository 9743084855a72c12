/** Layer, config and manifest of an embedded image (OCI image-spec 1.1). They have no time and no commit: equal inputs give equal images. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { packSource, type SourceFile } from '../../adapters/git/archive';
import { digestOf } from '../../adapters/registry/check-reference';
import type { BaseDigests } from '../../core/contract/image';
import { BASES_LABEL, INPUT_DIGEST_LABEL, printBases } from '../../core/image/build-label';
import type { TreeEntry } from '../../core/ports/git';
import type { Manifest } from '../../core/ports/registry';

/** Marks an image whose `RUN` instructions were not run. */
const BUILDER_LABEL = 'image-pipeline.builder';

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The parts of an embedded image. */
interface EmbeddedImage {
  readonly service: string;
  readonly inputDigest: string;
  readonly layer: Omit<LayerFile, 'file'>;
  /** The base images of a real build; undefined if it has none. */
  readonly bases?: BaseDigests;
}

/** Returns the image's config as bytes, and the manifest that names config and layer. */
export function describeImage({ service, inputDigest, layer, bases }: EmbeddedImage): {
  readonly config: Buffer;
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
  return { config: config.bytes, manifest: { ...manifest, mediaType: MANIFEST_TYPE } };
}

function addressed(value: unknown): { readonly bytes: Buffer; readonly digest: string } {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes) };
}

/** A gzipped layer on disk. `diffId` is the digest of the tar in it (image-spec, "Layer DiffID"). */
export interface LayerFile {
  readonly file: string;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
}

/** The folder of the inputs in the image. */
export const INPUT_FOLDER = 'src';

/** Packs the files of the folder below `/src` into the layer `file`: equal bytes for equal inputs. Throws if one cannot be read. */
export async function writeLayer(directory: string, files: readonly TreeEntry[], file: string): Promise<LayerFile> {
  const entries = files.map(({ path, mode, id }) => ({ path: `${INPUT_FOLDER}/${path}`, mode, id }));
  await pipeline(packSource(entries, contents(directory, entries)), createWriteStream(file));
  const [digest, diffId, { size }] = await Promise.all([
    digestOfStream(createReadStream(file)),
    digestOfStream(createReadStream(file).pipe(createGunzip())),
    lstat(file),
  ]);
  return { file, digest, diffId, size };
}

async function* contents(directory: string, entries: readonly TreeEntry[]): AsyncGenerator<SourceFile> {
  for (const entry of entries) {
    const file = join(directory, entry.path.slice(INPUT_FOLDER.length + 1));
    if (entry.mode === '160000') continue;
    if (entry.mode === '120000') {
      const target = await readlink(file, { encoding: 'buffer' });
      yield { entry, size: target.length, chunks: [target] };
    } else {
      yield { entry, size: (await lstat(file)).size, chunks: createReadStream(file) };
    }
  }
}

async function digestOfStream(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
