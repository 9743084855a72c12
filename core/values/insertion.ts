/** Writes a value of its own into a map that got it by merge (`<<: *defaults`): the one case in which an edit adds a line. */
import type { Problem } from '../errors';
import type { Merge } from './expand-views';
import { type Insertion, type IntendedState, wishedValue } from './intended-state';
import type { ValuesText } from './read-values';
import type { Splice } from './splices';
import { plainOrQuoted } from './tag-text';
import type { AnchorGroup } from './values-index';

/** The piece of text behind the merge that gives the map its own value. Adds to `problems` where an alias would come too early. */
export function planInsertion(
  { merge, wish, leaf, path }: Insertion,
  state: IntendedState,
  values: ValuesText,
  problems: Problem[],
): Splice {
  if (wish.kind === 'follow') problems.push(...early(wish.group, merge, { leaf, path }, values));
  const value = wish.kind === 'follow' ? `*${wish.group.name}` : plainOrQuoted(wishedValue(wish, state.moved));
  const pair = `${plainOrQuoted(leaf.key)}: ${value}`;
  if (merge.inFlow) return { start: merge.end, end: merge.end, text: `, ${pair}` };
  return ownLine(values.text, merge, pair);
}

function early(
  { name, definition }: AnchorGroup,
  merge: Merge,
  { leaf, path }: Pick<Insertion, 'leaf' | 'path'>,
  values: ValuesText,
): Problem[] {
  if (definition.start < merge.start && definition.document === leaf.document) return [];
  const message = `cannot follow &${name}, which is defined after it or in another document (line ${values.lineAt(definition.start)})`;
  return [{ path, line: values.lineAt(merge.start), message }];
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
