/** Blobs of a repository on disk one after the other, each as a stream: an archive of any size needs little memory. */

import { readBytes } from './byte-reader';
import { gitNotStarted, spawnGit } from './git-command';
import { blobSize } from './local-objects';
import type { LocalRepository } from './local-repository';
import type { BlobStream } from './source-archive';

/** The blobs in the order of `ids`. Each must be read to its end before the next. Throws `GitHostError` if one is missing. */
export async function* streamBlobs({ path }: LocalRepository, ids: readonly string[]): AsyncGenerator<BlobStream> {
  const child = spawnGit(path, ['cat-file', '--batch', '--buffer']);
  child.on('error', (cause) => child.stdout.destroy(gitNotStarted(cause)));
  child.stdin.on('error', () => undefined);
  child.stderr.resume();
  child.stdin.end(ids.map((id) => `${id}\n`).join(''));
  try {
    const reader = readBytes(child.stdout);
    for (const id of ids) {
      const size = blobSize(await reader.line(), id);
      yield { size, chunks: reader.bytes(size) };
      await reader.line();
    }
  } finally {
    child.kill();
  }
}
