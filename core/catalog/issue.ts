/** One thing wrong with a catalog, while it is being checked; becomes a `Problem` when the text's lines are known. */
import type { Problem } from '../contract/errors';
import { closest } from '../text/closest';

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[];

export interface CatalogIssue {
  readonly path: Path;
  /** What is wrong and what would be right, as the end of a sentence about the part at `path`. */
  readonly message: string;
  /** From 1, where it differs from the line of `path`. */
  readonly line?: number;
  /** A name that does not exist and those that do, to ask "did you mean". Compared only if the issue is printed. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] };
}

/** A message of 30,000 characters is all that Step Functions keeps, and more than anybody reads. */
const MAX_PROBLEMS = 100;
/** So many are put in order of their lines. */
const MAX_PLACED = 1000;

/** Issues in order of their lines, ready to print; the rest of very many is only counted. */
export function toProblems(
  issues: readonly CatalogIssue[],
  lineOf: (path: Path) => number | undefined,
): readonly Problem[] {
  const placed = issues.slice(0, MAX_PLACED).map((issue) => ({ issue, line: issue.line ?? lineOf(issue.path) }));
  placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const problems = placed.slice(0, MAX_PROBLEMS).map(({ issue, line }): Problem => {
    const problem = { path: formatPath(issue.path), message: issue.message + suggestion(issue) };
    return line === undefined ? problem : { ...problem, line };
  });
  const rest = issues.length - problems.length;
  if (rest === 0) return problems;
  return [...problems, { path: 'catalog', message: `has ${rest} more problems; mend those above first` }];
}

function suggestion({ unknown }: CatalogIssue): string {
  if (unknown === undefined) return '';
  const near = closest(unknown.name, unknown.known);
  if (near !== undefined) return `; did you mean '${near}'?`;
  if (unknown.known.length === 0) return '; there are none';
  const shown = unknown.known.slice(0, 12).map((name) => excerpt(name, 40));
  return `; there ${shown.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${unknown.known.length > 12 ? ', ...' : ''}`;
}

/** `services.auth.needs[0]`; a name that is no plain word stands in quotes: `services["a.b"].path`. */
export function formatPath(path: Path): string {
  if (path.length === 0) return 'catalog';
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${excerpt(JSON.stringify(part), 80)}]`;
      return index === 0 ? part : `.${excerpt(part, 80)}`;
    })
    .join('');
}

/** The text on one line, cut to a length: what a file holds may be long, and is repeated only to be recognised. */
export function excerpt(text: string, length = 80): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line.length <= length ? line : `${line.slice(0, length - 3)}...`;
}
