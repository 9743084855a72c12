/** Generated values files with edits, and the values that a reader gets before and after, for the properties of the editor. */
import * as fc from 'fast-check';
import type { ValuesEdit } from '../../../core/values/values-edit';

/** A service of a chart: its form, its tag and the edit of it. */
interface Part {
  readonly form: 'block' | 'flow' | 'reference' | 'list' | 'merged';
  /** Its own tag; undefined if it follows the anchor, or if a `merged` one inherits its tag. */
  readonly tag: string | undefined;
  readonly quote: '' | '"' | "'";
  readonly note: string;
  readonly edit: { readonly kind: 'none' | 'follow' } | { readonly kind: 'literal'; readonly tag: string };
  /** The digest beside the tag of a `block` part, in one of the forms of `PINS`. */
  readonly pin: keyof typeof PINS | undefined;
}

const [OLD, NEW] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];

/** Digests that pin an image, by name and form. */
const PINS = {
  digest: (hex: string) => `sha256:${hex}`,
  sha: (hex: string) => hex,
  imageDigest: (hex: string) => `@sha256:${hex}`,
} as const;

interface Chart {
  readonly parts: readonly Part[];
  /** The place of the anchor: a line of its own at the top, or the first service. */
  readonly holder: 'top' | 'service';
  readonly newline: string;
  readonly start: string;
  readonly end: string;
  readonly moved: string | undefined;
}

/** A text, its edits, and the values that must have changed, by place. */
export interface GeneratedEdit {
  readonly text: string;
  readonly edits: readonly ValuesEdit[];
  readonly expected: readonly { readonly place: readonly (string | number)[]; readonly value: string }[];
}

const ANCHOR_VALUE = 'v1.3.0';
const tags = fc.constantFrom(
  'v1.3.0',
  'v1.4.0',
  'v1.4.0-dev-2',
  '0.1.0',
  '1.10',
  '1e3',
  '007',
  'no',
  '2024-01-02',
  'v1.4.0-co2',
);
const notes = fc.constantFrom('', ' # tag: v1.3.0', ' # "quoted" *tag', '   ');

const parts: fc.Arbitrary<Part> = fc.record({
  form: fc.constantFrom<Part['form'][]>('block', 'flow', 'reference', 'list', 'merged'),
  tag: fc.option(fc.constantFrom('v1.3.0-dev', 'v1.3.1', '0.1.0', 'v1.3.0'), { nil: undefined }),
  quote: fc.constantFrom<Part['quote'][]>('', '"', "'"),
  note: notes,
  edit: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.constant({ kind: 'follow' as const }),
    tags.map((tag) => ({ kind: 'literal' as const, tag })),
  ),
  pin: fc.option(fc.constantFrom<(keyof typeof PINS)[]>('digest', 'sha', 'imageDigest'), { nil: undefined }),
});

const charts: fc.Arbitrary<Chart> = fc.record({
  parts: fc.array(parts, { minLength: 1, maxLength: 6 }),
  holder: fc.constantFrom<Chart['holder'][]>('top', 'service'),
  newline: fc.constantFrom('\n', '\r\n'),
  start: fc.constantFrom('', '\uFEFF', '---\n', '\uFEFF# top\n'),
  end: fc.constantFrom('', '\n', '\n\n', '\n...\n---\nother: {tag: v1.3.0}\n'),
  moved: fc.option(tags, { nil: undefined }),
});

/** Any chart with any edits that it can take. */
export const generatedEdits: fc.Arbitrary<GeneratedEdit> = charts.map((chart) => {
  const all = chart.parts.map(possible);
  const withHolder = { ...chart, parts: chart.holder === 'top' ? all : [asHolder(all[0]), ...all.slice(1)] };
  return { text: print(withHolder), edits: editsOf(withHolder), expected: expectedOf(withHolder) };
});

/** An image reference neither is nor becomes an alias of a tag. */
function possible(part: Part): Part {
  if (part.form !== 'reference') return part;
  return { ...part, tag: part.tag ?? ANCHOR_VALUE, edit: part.edit.kind === 'follow' ? { kind: 'none' } : part.edit };
}

function asHolder(part: Part | undefined): Part {
  return { quote: '', note: '', edit: { kind: 'none' }, pin: undefined, ...part, form: 'block', tag: undefined };
}

function print({ parts: all, holder, newline, start, end }: Chart): string {
  const written = all.map((part, index) => {
    const isHolder = holder === 'service' && index === 0;
    return { part, lines: printPart(part, index, isHolder ? `&tag ${ANCHOR_VALUE}` : tagText(part)) };
  });
  const isListed = (each: { part: Part }) => each.part.form === 'list';
  const list = written.filter(isListed).flatMap(({ lines }) => lines);
  const lines = [
    ...(holder === 'top' ? [`tag: &tag ${ANCHOR_VALUE} # platform`] : []),
    'defaults: &defaults {pull: Always, tag: v0.0.0}',
    'text: |',
    '  tag: *tag',
    ...written.filter((each) => !isListed(each)).flatMap((each) => each.lines),
    ...(list.length > 0 ? ['list:', ...list] : []),
    'number: 1.10',
  ];
  return start + lines.join(newline) + end;
}

function tagText({ tag, quote }: Part): string {
  return tag === undefined ? '*tag' : `${quote}${tag}${quote}`;
}

function printPart({ form, tag, quote, note, pin }: Part, index: number, text: string): readonly string[] {
  const name = `s${index}`;
  if (form === 'flow') return [`${name}: {port: 80, image: {repository: r, tag: ${text}, id: v1.3.0}}${note}`];
  if (form === 'reference') return [`${name}:`, `  image: ${quote}acme/${name}:${tag}${quote}${note}`];
  if (form === 'list') return [`  - name: ${name}`, `    tag: ${text}${note}`];
  const pinned = pin === undefined ? [] : [`    ${pin}: "${PINS[pin](OLD)}"`];
  if (form === 'block')
    return [`${name}:`, '  image:', '    repository: r', `    tag: ${text}${note}`, ...pinned, '    id: v1.3.0'];
  if (tag === undefined) return [`${name}:`, `  <<: *defaults${note}`, '  port: 80'];
  return [`${name}:`, '  <<: *defaults', `  tag: ${text}${note}`];
}

function editsOf({ parts: all, moved }: Chart): readonly ValuesEdit[] {
  const edits = all.flatMap(({ form, edit }, index): ValuesEdit[] => {
    const path = {
      block: `s${index}.image.tag`,
      flow: `s${index}.image`,
      reference: `s${index}.image`,
      list: `list[name=s${index}].tag`,
      merged: `["s${index}"].tag`,
    }[form];
    const digest = `sha256:${NEW}`;
    if (edit.kind === 'literal') return [{ kind: 'literal', path, tag: edit.tag, digest }];
    return edit.kind === 'follow' ? [{ kind: 'follow', path, anchor: 'tag', digest }] : [];
  });
  return moved === undefined ? edits : [...edits, { kind: 'anchor', anchor: 'tag', tag: moved }];
}

function expectedOf({ parts: all, holder, moved }: Chart): GeneratedEdit['expected'] {
  const anchor = moved ?? ANCHOR_VALUE;
  let listed = 0;
  const pins = all.flatMap(({ form, edit, pin }, index) => {
    if (pin === undefined || form !== 'block' || edit.kind === 'none') return [];
    return [{ place: [`s${index}`, 'image', pin], value: PINS[pin](NEW) }];
  });
  const places = all.flatMap(({ form, tag, edit }, index) => {
    const image = form === 'reference' ? [`s${index}`, 'image'] : [`s${index}`, 'image', 'tag'];
    const place = form === 'list' ? ['list', listed, 'tag'] : form === 'merged' ? [`s${index}`, 'tag'] : image;
    if (form === 'list') listed += 1;
    if (edit.kind === 'literal')
      return [{ place, value: form === 'reference' ? `acme/s${index}:${edit.tag}` : edit.tag }];
    const follows = edit.kind === 'follow' || (tag === undefined && form !== 'merged');
    return follows ? [{ place, value: anchor }] : [];
  });
  return [...(holder === 'top' ? [{ place: ['tag'], value: anchor }] : []), ...places, ...pins];
}
