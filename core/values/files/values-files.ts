/** The values files of an environment: opened together, and refused together. */
import { InvalidInputError } from '../../contract/errors';
import { type IndexedValues, openValues } from '../edit-values';
import { refuseFiles } from '../values-edit';

/** A values file of an environment. Its name is for the catalog (`values: { api: image.tag }`); an environment's only file may have none. */
export interface ValuesFile {
  readonly name?: string;
  readonly path: string;
}

export interface OpenFile extends ValuesFile, IndexedValues {}

/** Parses each file once. `texts` has their texts by path. Throws `ValuesFile` with all problems of all files. */
export function openFiles(files: readonly ValuesFile[], texts: ReadonlyMap<string, string>): readonly OpenFile[] {
  return forAllFiles(files, (file) => ({ ...file, ...openValues(texts.get(file.path) ?? '', file.path) }));
}

/** Does the work for every file. If any of them is refused, throws one error with all problems. */
export function forAllFiles<File extends ValuesFile, Result>(
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
  const problems = refused.flatMap(({ file, error }) =>
    error.problems.map((problem) => ({ ...problem, path: pathInFile(file, problem.path) })),
  );
  throw refuseFiles(problems);
}

/** Returns a path in a file for messages that are about several files. */
export function pathInFile({ path }: ValuesFile, place: string): string {
  return place === path ? path : `${path}: ${place}`;
}
