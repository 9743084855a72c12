/** Checks names before they reach git, so that none of them can be an option or an expression. */
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';

/** Returns true for a full object id: 40 lower case hex digits. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Returns the id. Throws `GitHostError` if it is not a full object id. */
export function checkedObjectId(id: string): string {
  if (isObjectId(id)) return id;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${id.slice(0, 80)}' is not an object id of 40 hex digits`);
}

/** No ref name has these, nor control characters: https://git-scm.com/docs/git-check-ref-format. */
const FORBIDDEN = /[\s~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|\.lock(\/|$)|(^|\/)\./;

/** Returns true if git allows `refs/heads/<name>`. Shell characters, a leading `-` and quotes are allowed: a name is data. */
export function isRefName(name: string): boolean {
  const hasControl = [...name].some((character) => character < ' ' || character === '\u007f');
  return name !== '' && name !== '@' && Buffer.byteLength(name) <= 255 && !hasControl && !FORBIDDEN.test(name);
}

/**
 * Returns the full names that a ref may mean, in the order of the lookup: the name itself if it begins with `refs/`, the branch, the tag. Throws
 * `InvalidInput` for a name that git does not allow.
 */
export function candidateRefs(name: string): readonly string[] {
  if (!isRefName(name)) throw unknownRef(name, 'is not a name that git allows for a branch, a tag or a commit');
  return [...(name.startsWith('refs/') ? [name] : []), `refs/heads/${name}`, `refs/tags/${name}`];
}

/** Returns the error for a ref that names no commit. At most 80 characters of the ref are shown. */
export function unknownRef(
  ref: string,
  message = 'is neither a branch nor a tag nor a commit of the repository',
): InvalidInputError {
  const shown = ref.length > 80 ? `${ref.slice(0, 77)}...` : ref;
  return new InvalidInputError('the commit cannot be found', [{ path: 'ref', message: `'${shown}' ${message}` }]);
}

/** Returns the error for a branch or tag that cannot be updated or made; `reason` is the end of the sentence. */
export function refusedRef(kind: 'branch' | 'tag', name: string, reason: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `${kind} '${name}' ${reason}`);
}

/** Returns why a file cannot be written to a path, which may be hostile; undefined if it can. */
export function pathProblem(path: string): string | undefined {
  if (path.includes('\0')) return 'has a NUL character';
  const forbidden = path.split('/').find((part) => ['', '.', '..'].includes(part) || part.toLowerCase() === '.git');
  return forbidden === undefined ? undefined : `has the part '${forbidden}', which no path in a repository may have`;
}

/** Returns the folders above a path, outermost first: `a` and `a/b` for `a/b/c`. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
