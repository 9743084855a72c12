/** Names that reach git: checked here, so that none of them can be an option or an expression. */
import { InvalidInputError } from '../../core/errors';

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
