/** Paths of files in a repository, as data that may be hostile. */

/** What is wrong with a path that a file would be written to, or undefined if nothing is. */
export function pathProblem(path: string): string | undefined {
  if (path.includes('\0')) return 'has a NUL character';
  const forbidden = path.split('/').find((part) => ['', '.', '..'].includes(part) || part.toLowerCase() === '.git');
  return forbidden === undefined ? undefined : `has the part '${forbidden}', which no path in a repository may have`;
}

/** The folders above a path, outermost first: `a/b/c` lies in `a` and `a/b`. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
