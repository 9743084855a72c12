/** Names that reach git: checked here, so that none of them can be an option or an expression. */
import { InvalidInputError } from '../../core/contract/errors';

/** True for a full object id: 40 lower case hex digits. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** What no ref name may hold, besides control characters: https://git-scm.com/docs/git-check-ref-format. */
const FORBIDDEN = /[\s~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|\.lock(\/|$)|(^|\/)\./;

/** True if git allows `refs/heads/<name>`. Shell characters, a leading `-` and quotes are allowed: a name is data. */
export function isRefName(name: string): boolean {
  const hasControl = [...name].some((character) => character < ' ' || character === '\u007f');
  return name !== '' && name !== '@' && Buffer.byteLength(name) <= 255 && !hasControl && !FORBIDDEN.test(name);
}

/** The error for a ref that names no commit. At most 80 characters of the ref are shown. */
export function unknownRef(ref: string, message: string): InvalidInputError {
  const shown = ref.length > 80 ? `${ref.slice(0, 77)}...` : ref;
  return new InvalidInputError('the commit cannot be found', [{ path: 'ref', message: `'${shown}' ${message}` }]);
}

// Paths of files in a repository, as data that may be hostile.

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
