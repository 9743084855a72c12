/** Files that the pipeline reads as text and may write back. */
import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '../../core/errors';
import type { BlobReader } from './blob-reader';
import { kindOf } from './commit-places';

/** What a commit has at a path. */
export interface PathEntry {
  /** git's mode in octal: `100644`, `40000` for a folder. */
  readonly mode: string;
  readonly id: string;
}

/**
 * Texts of the files at these paths, each blob read once; one that has no entry is absent. Throws `InvalidInput` for a link, a folder or
 * what is no UTF-8.
 */
export async function readTexts(
  paths: readonly string[],
  entryAt: (path: string) => PathEntry | undefined,
  blobs: BlobReader,
): Promise<ReadonlyMap<string, string>> {
  const found = paths.flatMap((path) => {
    const entry = entryAt(path);
    if (entry === undefined) return [];
    if (entry.mode.startsWith('100')) return [{ path, id: entry.id }];
    const problem = { path, message: `is ${kindOf(entry.mode)}; it must be a file` };
    throw new InvalidInputError('the file cannot be read', [problem]);
  });
  const contents = await blobs(found.map(({ id }) => id));
  return new Map(found.map(({ path, id }) => [path, textOf(contents.get(id) ?? Buffer.alloc(0), path)]));
}

/** The text, byte order mark included. Throws `InvalidInput` if it is not UTF-8: written back, other bytes would change too. */
function textOf(content: Buffer, path: string): string {
  if (isUtf8(content)) return content.toString('utf8');
  throw new InvalidInputError('the file cannot be read', [{ path, message: 'is not UTF-8 text' }]);
}
