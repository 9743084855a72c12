/** Works out which bytes of the text change so that the meant state comes about: as few as possible, each once. */
import { isAlias } from 'yaml';
import type { Problem } from '../contract/errors';
import { plainOrQuoted, quoteLike } from '../text/scalar-style';
import type { ValuesText } from './read-values';
import { type Follower, isAbandoned, reassignAnchors } from './reassign-anchors';
import { currentValue } from './requested-edits';
import { finalValue, type Insertion, type IntendedState, wishedValue } from './resolved-edits';
import type { Leaf } from './scan-leaves';
import { type AnchorGroup, type Merge, pathOf, type ValuesIndex } from './values-index';

/** A piece of the text to be replaced. `leaf` is the scalar that it stands for; undefined if the piece is new. */
export interface TextEdit {
  readonly leaf?: Leaf;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The splices, in the order of the text. Adds to `problems` what cannot be written. */
export function planTextEdits(
  index: ValuesIndex,
  state: IntendedState,
  values: ValuesText,
  problems: Problem[],
): readonly TextEdit[] {
  const heirs = reassignAnchors(index, state, values, problems);
  const definitions = [...state.moved.keys()].map(({ definition }) => definition);
  const heirLeaves = [...heirs.keys()].filter((heir) => 'node' in heir);
  const touched = new Set([...state.wishOf.keys(), ...heirLeaves, ...definitions]);
  const replaced = [...touched].flatMap((leaf) => {
    const splice = spliceFor(leaf, index, state, heirs);
    if (splice !== undefined) problems.push(...unwritable(leaf, splice, index, values));
    return splice === undefined ? [] : [splice];
  });
  const inserted = [...state.insertions.values()].map((each) =>
    planInsertion(each, state, values.text, heirs.get(each)),
  );
  return [...replaced, ...inserted].sort((a, b) => a.start - b.start);
}

/** Applies splices that are in order and do not overlap. */
export function applyTextEdits(text: string, splices: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: piece } of splices) {
    result += text.slice(at, start) + piece;
    at = end;
  }
  return result + text.slice(at);
}

function spliceFor(
  leaf: Leaf,
  index: ValuesIndex,
  state: IntendedState,
  heirs: ReadonlyMap<Follower, AnchorGroup>,
): TextEdit | undefined {
  const value = finalValue(leaf, index, state);
  const inherited = heirs.get(leaf);
  if (inherited !== undefined) {
    const type = isAlias(leaf.node) ? inherited.definition.scalar.type : leaf.node.type;
    return replace(leaf, leaf.outerStart, `&${inherited.name} ${quoteLike(value, type)}`);
  }
  const wish = state.wishOf.get(leaf);
  const group = index.groupOf.get(leaf);
  if (wish?.kind === 'follow' && wish.group !== group) return replace(leaf, leaf.outerStart, `*${wish.group.name}`);
  if (isAlias(leaf.node)) {
    if (wish?.kind !== 'own') return undefined;
    const isRight = leaf.scalar.value === value && (group === undefined || !isMoving(group, state));
    return isRight ? undefined : replace(leaf, leaf.start, quoteLike(value, undefined));
  }
  const hasHeir = group !== undefined && isAbandoned(group, state) && [...heirs.values()].includes(group);
  if (hasHeir) return replace(leaf, leaf.outerStart, quoteLike(value, leaf.node.type));
  return leaf.scalar.value === value ? undefined : replace(leaf, leaf.start, quoteLike(value, leaf.node.type));
}

/** True if an alias with a wish of its own must let go, as the anchor's value or its place changes. */
function isMoving(group: AnchorGroup, state: IntendedState): boolean {
  const current = currentValue(group.definition);
  return (state.moved.get(group) ?? current) !== current || isAbandoned(group, state);
}

function replace(leaf: Leaf, start: number, text: string): TextEdit {
  // `tag:` with nothing behind it, or with an anchor only, needs a space before its value.
  const gap = leaf.start === leaf.end && start === leaf.start ? ' ' : '';
  return { leaf, start, end: leaf.end, text: gap + text };
}

function unwritable(
  { node, scalar, start }: Leaf,
  { leaf, text }: TextEdit,
  index: ValuesIndex,
  values: ValuesText,
): Problem[] {
  if (leaf === undefined || node !== scalar) return [];
  const where = { path: pathOf(leaf, index), line: values.lineAt(start) };
  if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') {
    return [{ ...where, message: `is a block of text; write it on one line, such as ${text.trim()}` }];
  }
  if (scalar.tag !== undefined && scalar.tag !== 'tag:yaml.org,2002:str') {
    return [{ ...where, message: `has the YAML tag ${scalar.tag}, whose meaning is not known; leave it out` }];
  }
  return [];
}

// Writes a value of its own into a map that got it by merge (`<<: *defaults`): the one case in which an edit adds a line.

/** The piece of text behind the merge that gives the map its own value. `inherited` is the anchor that it takes over, if any. */
function planInsertion(
  { merge, wish, leaf }: Insertion,
  state: IntendedState,
  text: string,
  inherited: AnchorGroup | undefined,
): TextEdit {
  const value = plainOrQuoted(wishedValue(wish, state.moved));
  const own = inherited === undefined ? value : `&${inherited.name} ${value}`;
  const written = wish.kind === 'follow' && inherited === undefined ? `*${wish.group.name}` : own;
  const pair = `${plainOrQuoted(leaf.key)}: ${written}`;
  return merge.inFlow ? { start: merge.end, end: merge.end, text: `, ${pair}` } : ownLine(text, merge, pair);
}

/** A line with the indentation of the merge, right behind the line on which the merge ends. */
function ownLine(text: string, { start, end }: Merge, pair: string): TextEdit {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = ' '.repeat(text.slice(lineStart, start).replace('\uFEFF', '').length) + pair;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineEnd = text.indexOf('\n', text[end - 1] === '\n' ? end - 1 : end);
  if (lineEnd < 0) return { start: text.length, end: text.length, text: newline + line };
  return { start: lineEnd + 1, end: lineEnd + 1, text: line + newline };
}
