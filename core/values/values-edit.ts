/** The edits of a values file, the changes that they make, and the error of a file that cannot take them. */
import { ERROR_NAMES, InvalidInputError, type Problem } from '../contract/errors';

/** One edit. A batch of them is applied as one: all, or none. Paths are written as in the catalog; see `values-path.ts`. */
export type ValuesEdit = TagEdit | AnchorEdit;

/** An edit of one tag. `digest` (`sha256:...`) replaces the digests that pin the tag's image; without it they are emptied. */
export type TagEdit =
  /** The tag gets a value of its own; an alias becomes a literal. */
  | { readonly kind: 'literal'; readonly path: string; readonly tag: string; readonly digest?: string }
  /** The tag follows the anchor; a literal becomes an alias (`*tag`). */
  | { readonly kind: 'follow'; readonly path: string; readonly anchor: string; readonly digest?: string }
  /** The tag keeps its value, as a literal if its anchor moves. */
  | { readonly kind: 'pin'; readonly path: string };

/** Gives the anchor a new value, and with it everything that follows the anchor. */
export interface AnchorEdit {
  readonly kind: 'anchor';
  readonly anchor: string;
  readonly tag: string;
}

/**
 * One path whose value or spelling changed. `before` and `after` are the values that a reader of the file gets; `line`, from 1, is the
 * one in the file before the edit.
 */
export interface ValuesChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly line: number;
  readonly how: ChangeKind;
}

export type ChangeKind =
  | 'literal' // got a value of its own
  | 'follow' // follows the anchor, as the edit asked
  | 'pinned' // keeps its value, now as a literal
  | 'digest' // pins the image of a tag that was edited
  | 'anchor' // defines an anchor, or did
  | 'along'; // follows the anchor, although no edit names it

const MAX_PROBLEMS = 100;

/** Makes the error `ValuesFile`: the file was not changed, and why. Lists at most the first 100 problems. */
export function refuseValues(file: string, problems: readonly Problem[]): InvalidInputError {
  return refusal(`${file} was left as it is`, file, problems);
}

/** Makes the same error for all values files of an environment: none was changed. */
export function refuseFiles(problems: readonly Problem[]): InvalidInputError {
  return refusal('all values files were left as they are', 'values files', problems);
}

function refusal(what: string, path: string, problems: readonly Problem[]): InvalidInputError {
  const rest = problems.length - MAX_PROBLEMS;
  const more = { path, message: `has ${rest} more problems; fix those above first` };
  const shown = rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), more] : problems;
  return new InvalidInputError(what, shown, undefined, ERROR_NAMES.valuesFile);
}
