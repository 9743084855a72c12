/** What may be done to a values file, and what was done. Paths are written as in the catalog; see `values-path.ts`. */
import { ERROR_NAMES, InvalidInputError, type Problem } from '../contract/errors';

/** One intention. A batch of them is one edit of the file: all happen, or none. */
export type ValuesEdit = TagEdit | AnchorEdit;

/** What becomes of one tag. `digest` (`sha256:...`) goes where the file pins one with the tag; without it, a pinned one goes. */
export type TagEdit =
  /** It gets a value of its own; an alias becomes a literal. */
  | { readonly kind: 'literal'; readonly path: string; readonly tag: string; readonly digest?: string }
  /** It follows the anchor; a literal becomes an alias (`*tag`). */
  | { readonly kind: 'follow'; readonly path: string; readonly anchor: string; readonly digest?: string }
  /** It keeps its value, as a literal if the anchor that it follows moves. */
  | { readonly kind: 'pin'; readonly path: string };

/** The anchor's own value moves, and with it all that follow it. */
export interface AnchorEdit {
  readonly kind: 'anchor';
  readonly anchor: string;
  readonly tag: string;
}

/**
 * One place of the file that changed, in value or in how it is written. `before` and `after` are the values that a reader of the file
 * sees; `line`, from 1, is the one in the file before the edit.
 */
export interface ValuesChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly line: number;
  readonly how: ChangeKind;
}

export type ChangeKind =
  | 'literal' // got a tag of its own
  | 'follow' // follows the anchor, as was meant
  | 'pinned' // keeps its value, now as a literal
  | 'digest' // the digest that was pinned with a tag
  | 'anchor' // where the anchor was or is defined
  | 'along'; // follows the anchor, although no edit named it

// The one error of a values file.

const MAX_PROBLEMS = 100;

/** The error: says that the file was left as it is, and lists every problem; of very many, the first 100. */
export function refuseValues(file: string, problems: readonly Problem[]): InvalidInputError {
  const rest = problems.length - MAX_PROBLEMS;
  const more = { path: file, message: `has ${rest} more problems; mend those above first` };
  const shown = rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), more] : problems;
  return new InvalidInputError(`${file} was left as it is`, shown, undefined, ERROR_NAMES.valuesFile);
}
