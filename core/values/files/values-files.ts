/** The values files of an environment: opened together, and refused together. */
import { InvalidInputError, type Problem } from '../../contract/errors';
import { openValues } from '../edit-values';
import { refuseFiles } from '../values-edit';
import type { IndexedValues } from '../values-index';

/** A values file of an environment. Its name is for the catalog (`values: { api: image.tag }`); an environment's only file may have none. */
export interface ValuesFile {
  readonly name?: string;
  readonly path: string;
}

/** A file with its new text, changed or not. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

export interface OpenFile extends ValuesFile, IndexedValues {}

/** Parses each file once. `texts` has their texts by path. Throws `ValuesFile` with all problems of all files. */
export function openFiles(files: readonly ValuesFile[], texts: ReadonlyMap<string, string>): readonly OpenFile[] {
  return forAllFiles(files, (file) => ({ ...file, ...openValues(texts.get(file.path) ?? '', file.path) }));
}

/** Does the work for every file. If any of them is refused, throws one error with all problems. */
export function forAllFiles<File extends Pick<ValuesFile, 'path'>, Result>(
  files: readonly File[],
  work: (file: File) => Result,
): readonly Result[] {
  const refused: { readonly file: File; readonly error: InvalidInputError }[] = [];
  const results = files.flatMap((file): Result[] => {
    try {
      return [work(file)];
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refused.push({ file, error });
      return [];
    }
  });
  const [first] = refused;
  if (first === undefined) return results;
  if (files.length === 1) throw first.error;
  throw refuseFiles(refused.flatMap(({ file, error }) => problemsIn(file, error.problems)));
}

/** Returns the problems of a file with the file in their paths, for messages that are about several files. */
export function problemsIn(file: Pick<ValuesFile, 'path'>, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, path: pathInFile(file, problem.path) }));
}

/** Does both. If both are refused, throws one error with the problems of both. */
export function both<One, Other>(one: () => One, other: () => Other): readonly [One, Other] {
  let first: One;
  try {
    first = one();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    try {
      other();
    } catch (second) {
      if (!(second instanceof InvalidInputError)) throw second;
      throw refuseFiles([...error.problems, ...second.problems]);
    }
    throw error;
  }
  return [first, other()];
}

/** Returns a path in a file likewise. */
export function pathInFile({ path }: Pick<ValuesFile, 'path'>, place: string): string {
  return place === path || place.startsWith(`${path}: `) ? place : `${path}: ${place}`;
}
