/** Writes the one layer of an embedded image: the service's inputs as files, equal bytes for equal inputs. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { packSource, type SourceFile } from '../../adapters/git/source-archive';
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
