/** Where a commit may write a file: never through a link, into a submodule or over a folder. The same on every git host. */
import { InvalidInputError, type Problem } from '../../core/errors';
import type { FileChange } from '../../core/ports';
import { parentsOf, pathProblem } from './repository-path';

/** The mode that a commit has at a path (`40000` or `040000` for a folder), undefined if it has nothing there. */
export type ModeAt = (path: string) => string | undefined;

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
export function kindOf(mode: string | undefined): string | undefined {
  if (mode === undefined) return undefined;
  if (mode === '120000') return 'a symbolic link';
  if (mode === '160000') return 'a submodule';
  return mode.startsWith('100') ? 'a file' : 'a folder';
}
