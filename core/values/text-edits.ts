/** Works out the replacements of text that carry out resolved edits: as few as possible, none overlapping. */
import { isAlias } from 'yaml';
import type { Problem } from '../contract/errors';
import { plainOrQuoted, quoteLike } from '../text/scalar-style';
import {
  anchorValue,
  finalValue,
  type Insertion,
  type NewValue,
  type ResolvedEdits,
  stillFollows,
  textOf,
} from './resolved-edits';
import { currentValue, type Leaf } from './scan-leaves';
import { type AnchorGroup, type IndexedValues, type Merge, pathOf, type ValuesIndex } from './values-index';

/** A range of the text to be replaced. `leaf` is the scalar in it; undefined if the text is added. */
export interface TextEdit {
  readonly leaf?: Leaf;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A place of the text that follows an anchor after the edits: a scalar, or a line to be added. */
type Follower = Leaf | Insertion;

/**
 * The new holder of each anchor whose definition goes away, because the service that defines it (`tag: &tag v1.3.0`) gets a tag of its
 * own.
 */
type NewHolders = ReadonlyMap<Follower, AnchorGroup>;

/** Returns the text edits in the order of the text. Adds to `problems` what cannot be written. */
export function planTextEdits(indexed: IndexedValues, edits: ResolvedEdits, problems: Problem[]): readonly TextEdit[] {
  const { values, index } = indexed;
  const holders = reassignAnchors(indexed, edits, problems);
  const definitions = [...edits.moved.keys()].map(({ definition }) => definition);
  const newHolders = [...holders.keys()].filter((holder) => 'node' in holder);
  const touched = new Set([...edits.newValues.keys(), ...newHolders, ...definitions]);
  const replaced = [...touched].flatMap((leaf) => {
    const edit = editLeaf(leaf, index, edits, holders);
    if (edit === undefined) return [];
    problems.push(...whyNotWritten(leaf, edit.text, indexed));
    return [edit];
  });
  const inserted = [...edits.insertions.values()].map((each) => insert(each, edits, values.text, holders.get(each)));
  return [...replaced, ...inserted].sort((a, b) => a.start - b.start);
}

/** Applies text edits that are in order and do not overlap. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: replacement } of edits) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** The replacement of a scalar or an alias; undefined if it can stay as it is written. */
function editLeaf(leaf: Leaf, index: ValuesIndex, edits: ResolvedEdits, holders: NewHolders): TextEdit | undefined {
  const { node } = leaf;
  const value = finalValue(leaf, index, edits);
  const taken = holders.get(leaf);
  if (taken !== undefined) {
    const style = isAlias(node) ? taken.definition.scalar.type : node.type;
    return replaceWhole(leaf, `&${taken.name} ${quoteLike(value, style)}`);
  }
  const newValue = edits.newValues.get(leaf);
  const group = index.groupOf.get(leaf);
  if (newValue?.kind === 'follow' && newValue.group !== group) return replaceWhole(leaf, `*${newValue.group.name}`);
  if (isAlias(node)) {
    if (newValue?.kind !== 'own') return undefined;
    const canStay = leaf.scalar.value === value && (group === undefined || !isChanging(group, edits));
    return canStay ? undefined : replaceValue(leaf, plainOrQuoted(value));
  }
  const givesAnchorAway = group !== undefined && losesDefinition(group, edits) && [...holders.values()].includes(group);
  if (givesAnchorAway) return replaceWhole(leaf, quoteLike(value, node.type));
  return leaf.scalar.value === value ? undefined : replaceValue(leaf, quoteLike(value, node.type));
}

/** Returns true if an alias with a value of its own has to become a literal: the anchor's value or its holder changes. */
function isChanging(group: AnchorGroup, edits: ResolvedEdits): boolean {
  return anchorValue(group, edits.moved) !== currentValue(group.definition) || losesDefinition(group, edits);
}

/** Replaces the value with its anchor and its YAML tag. */
function replaceWhole(leaf: Leaf, text: string): TextEdit {
  return leaf.outerStart === leaf.start
    ? replaceValue(leaf, text)
    : { leaf, start: leaf.outerStart, end: leaf.end, text };
}

function replaceValue(leaf: Leaf, text: string): TextEdit {
  // An empty value (`tag:`) comes right behind a colon or an anchor, which needs a space.
  const gap = leaf.start === leaf.end ? ' ' : '';
  return { leaf, start: leaf.start, end: leaf.end, text: gap + text };
}

function whyNotWritten(leaf: Leaf, text: string, { values, index }: IndexedValues): readonly Problem[] {
  const { node, scalar } = leaf;
  if (node !== scalar) return [];
  const isBlock = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
  const isForeign = scalar.tag !== undefined && scalar.tag !== 'tag:yaml.org,2002:str';
  if (!isBlock && !isForeign) return [];
  const message = isBlock
    ? `is a block of text; write it on one line, such as ${text.trim()}`
    : `has the YAML tag ${scalar.tag}, whose meaning is not known; remove the tag`;
  return [{ path: pathOf(leaf, index), line: values.lineAt(leaf.start), message }];
}

/** Adds the own value of a map that inherits one by a merge (`<<: *defaults`): the one edit that adds a line. */
function insert(
  { merge, newValue, leaf }: Insertion,
  { moved }: ResolvedEdits,
  text: string,
  taken: AnchorGroup | undefined,
): TextEdit {
  const value = plainOrQuoted(textOf(newValue, moved));
  const alias = newValue.kind === 'follow' ? `*${newValue.group.name}` : value;
  const pair = `${plainOrQuoted(leaf.key)}: ${taken === undefined ? alias : `&${taken.name} ${value}`}`;
  return merge.inFlow ? { start: merge.end, end: merge.end, text: `, ${pair}` } : addLine(text, merge, pair);
}

/** Adds a line behind the one on which the merge ends, with the indentation of the merge. */
function addLine(text: string, { start, end }: Merge, pair: string): TextEdit {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = ' '.repeat(text.slice(lineStart, start).replace('\uFEFF', '').length) + pair;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineEnd = text.indexOf('\n', text[end - 1] === '\n' ? end - 1 : end);
  if (lineEnd < 0) return { start: text.length, end: text.length, text: newline + line };
  return { start: lineEnd + 1, end: lineEnd + 1, text: line + newline };
}

/**
 * Returns the new holder of each anchor whose definition goes away: the first place that follows it. Adds to `problems` an anchor that
 * cannot get a new holder, and a place that would follow an anchor defined only after it.
 */
function reassignAnchors(indexed: IndexedValues, edits: ResolvedEdits, problems: Problem[]): NewHolders {
  const { values, index } = indexed;
  const holders = new Map<Follower, AnchorGroup>();
  for (const group of touchedGroups(index, edits)) {
    const joining = newFollowers(group, index, edits);
    const isAbandoned = losesDefinition(group, edits);
    problems.push(...joining.flatMap((follower) => whyNotFollowed(follower, group, isAbandoned, indexed)));
    if (!isAbandoned) continue;
    const staying = group.aliases.filter((leaf) => stillFollows(edits.newValues.get(leaf), group));
    const [holder] = [...staying, ...joining].sort((a, b) => positionOf(a) - positionOf(b));
    if (holder === undefined) continue;
    holders.set(holder, group);
    if ('merge' in holder || !holder.isKey) continue;
    const line = values.lineAt(group.definition.start);
    const message = `*${group.name} is used as a key here, so the anchor cannot leave line ${line}`;
    problems.push({ path: `&${group.name}`, line: values.lineAt(holder.start), message });
  }
  return holders;
}

/** Returns true if the place that defines an anchor gets another value than the places that follow it. */
function losesDefinition(group: AnchorGroup, { newValues, moved }: ResolvedEdits): boolean {
  const newValue = newValues.get(group.definition);
  if (newValue === undefined) return false;
  return newValue.kind === 'follow' ? newValue.group !== group : newValue.value !== anchorValue(group, moved);
}

function positionOf(follower: Follower): number {
  return 'merge' in follower ? follower.merge.end : follower.start;
}

/** The anchors that an edited scalar belongs to, before or after the edits. */
function touchedGroups(index: ValuesIndex, { newValues, insertions }: ResolvedEdits): ReadonlySet<AnchorGroup> {
  const before = [...newValues.keys()].map((leaf) => index.groupOf.get(leaf));
  const inserted = [...insertions.values()].map(({ newValue }) => newValue);
  const after = [...newValues.values(), ...inserted].map((each) => (each.kind === 'follow' ? each.group : undefined));
  return new Set([...before, ...after].filter((group) => group !== undefined));
}

function newFollowers(
  group: AnchorGroup,
  index: ValuesIndex,
  { newValues, insertions }: ResolvedEdits,
): readonly Follower[] {
  const joins = (newValue: NewValue) => newValue.kind === 'follow' && newValue.group === group;
  const leaves = [...newValues].filter(([leaf, newValue]) => joins(newValue) && index.groupOf.get(leaf) !== group);
  return [...leaves.map(([leaf]) => leaf), ...[...insertions.values()].filter(({ newValue }) => joins(newValue))];
}

/** An alias must come after its anchor, in the same document. An anchor that gets a new holder moves to its first follower. */
function whyNotFollowed(
  follower: Follower,
  { name, definition }: AnchorGroup,
  isAbandoned: boolean,
  { values, index }: IndexedValues,
): readonly Problem[] {
  const position = positionOf(follower);
  const { document } = 'merge' in follower ? follower.leaf : follower;
  if (document === definition.document && (isAbandoned || position > definition.start)) return [];
  const path = 'merge' in follower ? follower.path : pathOf(follower, index);
  const line = values.lineAt(definition.start);
  const message = `cannot follow &${name}, which is defined after it or in another document (line ${line})`;
  return [{ path, line: values.lineAt(position), message }];
}
