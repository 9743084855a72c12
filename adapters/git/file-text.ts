/** Files that the pipeline reads as text and may write back. */
import { isUtf8 } from 'node:buffer';
import { InvalidInputError, type Problem } from '../../core/contract/errors';
import type { FileChange } from '../../core/ports/git';
import type { BlobReader } from './blob-reader';
import { parentsOf, pathProblem } from './object-name';

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

// Where a commit may write a file: never through a link, into a submodule or over a folder. The same on every git host.

/** The mode that a commit has at a path (`40000` or `040000` for a folder), undefined if it has nothing there. */
type ModeAt = (path: string) => string | undefined;

/** All paths that `refuseUnwritable` asks about. */
export function placesOf(files: readonly FileChange[]): string[] {
  return [...new Set(files.flatMap(({ path }) => [...parentsOf(path), path]))];
}

/** Throws `InvalidInput` with every file that cannot be written. */
export function refuseUnwritable(files: readonly FileChange[], modeAt: ModeAt): void {
  const problems = files.flatMap(({ path }, index): Problem[] => {
    const message = pathProblem(path) ?? placeProblem(path, modeAt);
    if (message !== undefined) return [{ path, message }];
    if (files.findIndex((file) => file.path === path) < index) return [{ path, message: 'is given twice' }];
    const above = files.find((file) => parentsOf(path).includes(file.path));
    return above === undefined ? [] : [{ path, message: `lies below '${above.path}', which is written as a file` }];
  });
  if (problems.length > 0) throw new InvalidInputError('the commit cannot be made', problems);
}

function placeProblem(path: string, modeAt: ModeAt): string | undefined {
  const kind = kindOf(modeAt(path));
  if (kind !== undefined && kind !== 'a file') return `is ${kind}; it must be a file`;
  const obstacle = parentsOf(path).find((parent) => !['a folder', undefined].includes(kindOf(modeAt(parent))));
  return obstacle === undefined ? undefined : `lies below '${obstacle}', which is no folder`;
}

/** What a mode stands for, in words; undefined for nothing. */
function kindOf(mode: string | undefined): string | undefined {
  if (mode === undefined) return undefined;
  if (mode === '120000') return 'a symbolic link';
  if (mode === '160000') return 'a submodule';
  return mode.startsWith('100') ? 'a file' : 'a folder';
}
