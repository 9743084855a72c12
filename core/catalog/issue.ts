/** One problem of a catalog while it is checked. It becomes a `Problem` once the text's lines are known. */
import type * as z from 'zod';
import type { Problem } from '../contract/errors';
import { closest } from '../text/closest';
import { excerpt } from '../text/shape-error';

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[];

export interface CatalogIssue {
  readonly path: Path;
  /** The problem and what is allowed, as the end of a sentence about the part at `path`. */
  readonly message: string;
  /** From 1, where it differs from the line of `path`. */
  readonly line?: number;
  /** An unknown name and the known ones, for "did you mean". They are compared only if the issue is printed. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] };
}

/** Returns what zod found: one issue for each unknown key, and one for anything else. `knownKeys` are those at a path of `file`. */
export function shapeIssues(
  { issues }: Pick<z.core.$ZodError, 'issues'>,
  file: string,
  knownKeys: (path: Path) => readonly string[],
): readonly CatalogIssue[] {
  return issues.flatMap((issue): readonly CatalogIssue[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const known = knownKeys(path);
    return issue.keys.map((key) => unknownKey(file, [...path, key], known));
  });
}

/** Returns the issue of a key that has no place in the file. */
export function unknownKey(file: string, path: Path, known: readonly string[]): CatalogIssue {
  return { path, message: `is not a key that ${file} has here`, unknown: { name: String(path.at(-1)), known } };
}

/** Step Functions keeps 30,000 characters of a message. */
const MAX_PROBLEMS = 100;
/** Of more issues than this, only the first are sorted by line. */
const MAX_SORTED = 1000;

/** Returns issues in the order of their lines, ready to print. Of very many, the rest is only counted. */
export function toProblems(
  issues: readonly CatalogIssue[],
  lineOf: (path: Path) => number | undefined,
): readonly Problem[] {
  const placed = issues.slice(0, MAX_SORTED).map((issue) => ({ issue, line: issue.line ?? lineOf(issue.path) }));
  placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const problems = placed.slice(0, MAX_PROBLEMS).map(({ issue, line }): Problem => {
    const problem = { path: formatPath(issue.path), message: issue.message + suggestion(issue) };
    return line === undefined ? problem : { ...problem, line };
  });
  const rest = issues.length - problems.length;
  if (rest === 0) return problems;
  return [...problems, { path: 'catalog', message: `has ${rest} more problems; fix those above first` }];
}

function suggestion({ unknown }: CatalogIssue): string {
  if (unknown === undefined) return '';
  const near = closest(unknown.name, unknown.known);
  if (near !== undefined) return `; did you mean '${near}'?`;
  if (unknown.known.length === 0) return '; there are none';
  const shown = unknown.known.slice(0, 12).map((name) => excerpt(name, 40));
  return `; there ${shown.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${unknown.known.length > 12 ? ', ...' : ''}`;
}

/** Returns `services.auth.needs[0]`. A name with other characters than letters, digits, _, $ and - is quoted: `services["a.b"].path`. */
function formatPath(path: Path): string {
  if (path.length === 0) return 'catalog';
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w$-]+$/.test(part)) return `[${excerpt(JSON.stringify(part), 80)}]`;
      return index === 0 ? part : `.${excerpt(part, 80)}`;
    })
    .join('');
}
