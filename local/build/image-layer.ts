/** Writes the one layer of an embedded image: the service's inputs as files, equal bytes for equal inputs. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type BlobStream, packSource } from '../../adapters/git/source-archive';
import type { TreeEntry } from '../../core/ports';

/** A gzipped layer on disk. `diffId` is the digest of the tar in it (image-spec, "Layer DiffID"). */
export interface LayerFile {
  readonly file: string;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
}

/** Where the inputs lie in the image. */
export const INPUT_FOLDER = 'src';

/** Packs the files of the folder into `file`, below `/src`. Throws if one cannot be read. */
export async function writeLayer(directory: string, files: readonly TreeEntry[], file: string): Promise<LayerFile> {
  const entries = files.map(({ path, mode, id }) => ({ path: `${INPUT_FOLDER}/${path}`, mode, id }));
  await pipeline(packSource(entries, contents(directory, files)), createWriteStream(file));
  const [digest, diffId, { size }] = await Promise.all([
    digestOfStream(createReadStream(file)),
    digestOfStream(createReadStream(file).pipe(createGunzip())),
    lstat(file),
  ]);
  return { file, digest, diffId, size };
}

/** Contents in the order of `files`; a submodule has none. */
async function* contents(directory: string, files: readonly TreeEntry[]): AsyncGenerator<BlobStream> {
  for (const { path, mode } of files) {
    const file = join(directory, path);
    if (mode === '160000') continue;
    if (mode === '120000') yield linkTarget(await readlink(file, { encoding: 'buffer' }));
    else yield { size: (await lstat(file)).size, chunks: createReadStream(file) };
  }
}

function linkTarget(target: Buffer): BlobStream {
  return { size: target.length, chunks: only(target) };
}

async function* only(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}

async function digestOfStream(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
