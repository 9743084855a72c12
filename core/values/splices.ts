/** Works out which bytes of the text change so that the meant state comes about: as few as possible, each once. */
import { isAlias } from 'yaml';
import type { Problem } from '../errors';
import { currentValue, finalValue, type IntendedState } from './intended-state';
import type { ValuesText } from './read-values';
import { quotedLike } from './tag-text';
import type { AnchorGroup, Leaf, ValuesIndex } from './values-index';

/** A piece of the text to be replaced. */
export interface Splice {
  readonly leaf: Leaf;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The splices, in the order of the text. Adds to `problems` what cannot be written. */
export function planSplices(
  index: ValuesIndex,
  state: IntendedState,
  values: ValuesText,
  problems: Problem[],
): readonly Splice[] {
  const heirs = new Map<Leaf, AnchorGroup>();
  const abandoned = new Set<Leaf>();
  for (const group of touchedGroups(index, state)) {
    const heir = heirOf(group, state, values, problems);
    if (heir === undefined) continue;
    heirs.set(heir, group);
    abandoned.add(group.definition);
  }
  const leaves = new Set([
    ...state.wishOf.keys(),
    ...heirs.keys(),
    ...[...state.moved.keys()].map((group) => group.definition),
  ]);
  const splices = [...leaves].flatMap((leaf) => spliceFor(leaf, { index, state, heirs, abandoned }));
  problems.push(...splices.flatMap((splice) => unwritable(splice, values)));
  return splices.sort((a, b) => a.start - b.start);
}

/** Applies splices that are in order and do not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: piece } of splices) {
    result += text.slice(at, start) + piece;
    at = end;
  }
  return result + text.slice(at);
}

function touchedGroups(index: ValuesIndex, state: IntendedState): Set<AnchorGroup> {
  const groups = [...state.wishOf].flatMap(([leaf, wish]) => [
    index.groupOf.get(leaf),
    wish.kind === 'follow' ? wish.group : undefined,
  ]);
  return new Set(groups.filter((group) => group !== undefined));
}

/** Who takes over an anchor whose definition gets a tag of its own: the first that follows it. Undefined if it may stay. */
function heirOf(group: AnchorGroup, state: IntendedState, values: ValuesText, problems: Problem[]): Leaf | undefined {
  const follows = (leaf: Leaf) => {
    const wish = state.wishOf.get(leaf);
    return wish?.kind === 'follow' && wish.group === group;
  };
  const staying = group.aliases.filter((leaf) => !state.wishOf.has(leaf) || follows(leaf));
  const joining = [...state.wishOf.keys()].filter(
    (leaf) => follows(leaf) && leaf !== group.definition && !group.aliases.includes(leaf),
  );
  const { definition } = group;
  const stays = !state.wishOf.has(definition) || follows(definition) || !leaves(definition, group, state);
  if (stays) {
    const early = joining.filter((leaf) => leaf.document !== definition.document || leaf.start < definition.start);
    problems.push(
      ...early.map((leaf) => ({
        path: leaf.key,
        line: values.lineAt(leaf.start),
        message: `cannot follow &${group.name}, which is defined after it (line ${values.lineAt(definition.start)})`,
      })),
    );
    return undefined;
  }
  const heir = [...staying, ...joining].sort((a, b) => a.start - b.start)[0];
  if (heir?.isKey) {
    const message = `*${group.name} is used as a key here, so the anchor cannot leave line ${values.lineAt(definition.start)}`;
    problems.push({ path: `&${group.name}`, line: values.lineAt(heir.start), message });
  }
  return heir;
}

/** A definition whose own wish is the value that the anchor has anyway need not leave its group. */
function leaves(definition: Leaf, group: AnchorGroup, state: IntendedState): boolean {
  const wish = state.wishOf.get(definition);
  if (wish?.kind !== 'own') return wish !== undefined;
  return wish.value !== (state.moved.get(group) ?? currentValue(definition));
}

interface SpliceContext {
  readonly index: ValuesIndex;
  readonly state: IntendedState;
  readonly heirs: ReadonlyMap<Leaf, AnchorGroup>;
  readonly abandoned: ReadonlySet<Leaf>;
}

function spliceFor(leaf: Leaf, { index, state, heirs, abandoned }: SpliceContext): Splice[] {
  const { node, start, end, outerStart } = leaf;
  const value = finalValue(leaf, index, state);
  const inherited = heirs.get(leaf);
  if (inherited !== undefined) {
    const type = isAlias(node) ? inherited.definition.scalar.type : node.type;
    return [replace(leaf, outerStart, `&${inherited.name} ${quotedLike(value, type)}`)];
  }
  const wish = state.wishOf.get(leaf);
  const group = index.groupOf.get(leaf);
  if (wish?.kind === 'follow') {
    if (wish.group === group) return leaf === group.definition ? ownValue(leaf, value) : [];
    return [replace(leaf, outerStart, `*${wish.group.name}`)];
  }
  if (isAlias(node)) {
    const isRight = leaf.scalar.value === value && (group === undefined || !changes(group, state));
    return isRight ? [] : [replace(leaf, start, quotedLike(value, undefined))];
  }
  if (abandoned.has(leaf)) return [{ leaf, start: outerStart, end, text: quotedLike(value, node.type) }];
  return ownValue(leaf, value);
}

/** True if the anchor's value moves or its definition goes elsewhere, so that an alias with a wish of its own must let go. */
function changes(group: AnchorGroup, state: IntendedState): boolean {
  const moved = state.moved.get(group);
  if (moved !== undefined && moved !== currentValue(group.definition)) return true;
  const wish = state.wishOf.get(group.definition);
  return wish?.kind === 'own' && wish.value !== currentValue(group.definition);
}

function ownValue(leaf: Leaf, value: string): Splice[] {
  if (leaf.scalar.value === value) return [];
  return [replace(leaf, leaf.start, quotedLike(value, leaf.scalar.type))];
}

function replace(leaf: Leaf, start: number, text: string): Splice {
  return { leaf, start, end: leaf.end, text };
}

function unwritable({ leaf, text }: Splice, values: ValuesText): Problem[] {
  const { scalar, node } = leaf;
  const line = values.lineAt(leaf.start);
  if (node === scalar && (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED')) {
    return [{ path: leaf.key, line, message: `is a block of text; write it on one line, such as ${text}` }];
  }
  if (node === scalar && scalar.tag !== undefined && scalar.tag !== 'tag:yaml.org,2002:str') {
    return [
      { path: leaf.key, line, message: `has the YAML tag ${scalar.tag}, whose meaning is not known; leave it out` },
    ];
  }
  return [];
}
