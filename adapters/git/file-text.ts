/** Files that the pipeline reads as text and may write: never through a symbolic link, the same on every git host. */
import { isUtf8 } from 'node:buffer';
import { InvalidInputError, type Problem } from '../../core/contract/errors';
import type { FileChange } from '../../core/ports/git';
import type { BlobReader } from './blob-reader';
import { parentsOf, pathProblem } from './object-name';

/** An entry of a commit's tree. */
export interface PathEntry {
  /** git's mode in octal: `100644`, `40000` for a folder. */
  readonly mode: string;
  readonly id: string;
}

/**
 * Returns the texts of the files at these paths; a missing file is absent. Throws `InvalidInput` for a symbolic link, a folder, a submodule
 * and content that is not UTF-8.
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

/** Returns the text with its byte order mark. Other encodings are refused, because writing the text back would change other bytes. */
function textOf(content: Buffer, path: string): string {
  if (isUtf8(content)) return content.toString('utf8');
  throw new InvalidInputError('the file cannot be read', [{ path, message: 'is not UTF-8 text' }]);
}

/** Returns the mode of a commit's entry at a path (`40000` or `040000` for a folder), undefined without one. */
type ModeAt = (path: string) => string | undefined;

/** Returns all paths whose modes `refuseUnwritable` needs. */
export function affectedPaths(files: readonly FileChange[]): string[] {
  return [...new Set(files.flatMap(({ path }) => [...parentsOf(path), path]))];
}

/** Throws `InvalidInput` with every file that cannot be written: through a link, into a submodule or over a folder. */
export function refuseUnwritable(files: readonly FileChange[], modeAt: ModeAt): void {
  const problems = files.flatMap(({ path }, index): Problem[] => {
    const message = pathProblem(path) ?? entryProblem(path, modeAt);
    if (message !== undefined) return [{ path, message }];
    if (files.findIndex((file) => file.path === path) < index) return [{ path, message: 'is given twice' }];
    const above = files.find((file) => parentsOf(path).includes(file.path));
    return above === undefined ? [] : [{ path, message: `is below '${above.path}', which is written as a file` }];
  });
  if (problems.length > 0) throw new InvalidInputError('the commit cannot be made', problems);
}

function entryProblem(path: string, modeAt: ModeAt): string | undefined {
  const kind = kindOf(modeAt(path));
  if (kind !== undefined && kind !== 'a file') return `is ${kind}; it must be a file`;
  const obstacle = parentsOf(path).find((parent) => !['a folder', undefined].includes(kindOf(modeAt(parent))));
  return obstacle === undefined ? undefined : `is below '${obstacle}', which is not a folder`;
}

/** Returns the kind of an entry in words; undefined without an entry. */
function kindOf(mode: string | undefined): string | undefined {
  if (mode === undefined) return undefined;
  if (mode === '120000') return 'a symbolic link';
  if (mode === '160000') return 'a submodule';
  return mode.startsWith('100') ? 'a file' : 'a folder';
}
