/** What may be done to a values file, and what was done. Paths are written as in the catalog; see `values-path.ts`. */

/** One intention. A batch of them is one edit of the file: all happen, or none. */
export type ValuesEdit =
  /** The service at `path` gets a tag of its own; an alias there becomes a literal. `digest` goes where the file pins one. */
  | { readonly kind: 'literal'; readonly path: string; readonly tag: string; readonly digest?: string }
  /** The service at `path` follows the anchor; a literal there becomes an alias (`*tag`). */
  | { readonly kind: 'follow'; readonly path: string; readonly anchor: string; readonly digest?: string }
  /** The anchor's own value moves, and with it all that follows it. */
  | { readonly kind: 'anchor'; readonly anchor: string; readonly tag: string };

/**
 * One place of the file that changed, in value or in how it is written. `before` and `after` are the values that a reader of the file
 * sees; `line` is from 1.
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
  | 'pinned' // followed the anchor and keeps its value as a tag of its own
  | 'follow' // follows the anchor, as was meant
  | 'along' // follows the anchor, although no edit named it
  | 'anchor' // where the anchor is defined
  | 'digest'; // a digest that was pinned beside the tag
