/** Writes a value of its own into a map that got it by merge (`<<: *defaults`): the one case in which an edit adds a line. */
import type { Merge } from './expand-views';
import type { Insertion, IntendedState } from './intended-state';
import { wishedValue } from './intended-state';
import type { Splice } from './splices';
import { plainOrQuoted } from './tag-text';
import type { AnchorGroup } from './values-index';

/** The piece of text behind the merge that gives the map its own value. `inherited` is the anchor that it takes over, if any. */
export function planInsertion(
  { merge, wish, leaf }: Insertion,
  state: IntendedState,
  text: string,
  inherited: AnchorGroup | undefined,
): Splice {
  const value = plainOrQuoted(wishedValue(wish, state.moved));
  const own = inherited === undefined ? value : `&${inherited.name} ${value}`;
  const written = wish.kind === 'follow' && inherited === undefined ? `*${wish.group.name}` : own;
  const pair = `${plainOrQuoted(leaf.key)}: ${written}`;
  return merge.inFlow ? { start: merge.end, end: merge.end, text: `, ${pair}` } : ownLine(text, merge, pair);
}

/** A line with the indentation of the merge, right behind the line on which the merge ends. */
function ownLine(text: string, { start, end }: Merge, pair: string): Splice {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = ' '.repeat(text.slice(lineStart, start).replace('\uFEFF', '').length) + pair;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineEnd = text.indexOf('\n', text[end - 1] === '\n' ? end - 1 : end);
  if (lineEnd < 0) return { start: text.length, end: text.length, text: newline + line };
  return { start: lineEnd + 1, end: lineEnd + 1, text: line + newline };
}
