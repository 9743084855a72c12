/** Properties of every edit of every values file, on 10,000 generated files. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { editValues } from '../../../core/values/edit-values';
import { printPlace } from '../../../core/values/values-path';
import { runs } from '../../support/property-runs';
import { type GeneratedEdit, generatedEdits } from './generated-chart';

type Content = Record<string | number, unknown>;

/** All documents as the package itself reads them. */
function contentOf(text: string): Content[] {
  return parseAllDocuments(text, { merge: true, logLevel: 'silent' }).map((document) => unshared(document.toJS()));
}

/** Without objects that several places share, so that setting one place sets only that. */
function unshared(value: unknown): Content {
  return JSON.parse(JSON.stringify(value));
}

function set(content: Content, place: readonly (string | number)[], value: string): void {
  const parent = place.slice(0, -1).reduce<Content>((at, step) => at[step] as Content, content);
  parent[place.at(-1) ?? ''] = value;
}

function expectedContent({ text, expected }: GeneratedEdit): Content[] {
  const contents = contentOf(text);
  for (const { place, value } of expected) set(contents[0] ?? {}, place, value);
  return contents;
}

/** Lines of `before`, from 1, that are not in `after` at their turn; a line may only be added behind one of them. */
function changedLines(before: string, after: string, mayChange: ReadonlySet<number>): readonly number[] {
  const old = before.split('\n');
  const now = after.split('\n');
  const added = now.length - old.length;
  const changed: number[] = [];
  let skipped = 0;
  for (const [index, line] of old.entries()) {
    if (line === now[index + skipped]) continue;
    if (skipped < added && mayChange.has(index) && line === now[index + skipped + 1]) skipped += 1;
    else changed.push(index + 1);
  }
  return changed;
}

/** As `expect`, which is asked only if they differ: it takes longer than all else together. */
function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

function commentsOf(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => /#.*$/.exec(line) ?? []);
}

/** Ten times what it takes on a machine at rest. */
const TIMEOUT = 120_000;

test(
  'an edit of a chart sets exactly what it means, touches no other line, and is done once',
  () => {
    fc.assert(
      fc.property(generatedEdits, (generated) => {
        const { text, edits } = generated;

        const once = editValues(text, edits, 'values.yaml');
        const twice = editValues(once.text, edits, 'values.yaml');

        same(contentOf(once.text), expectedContent(generated));
        same(twice, { text: once.text, changes: [] });
        const named = new Set(once.changes.map(({ line }) => line));
        same(
          changedLines(text, once.text, named).filter((line) => !named.has(line)),
          [],
        );
        same(commentsOf(once.text), commentsOf(text));
      }),
      { numRuns: runs(7_000) },
    );
  },
  TIMEOUT,
);

const names = fc
  .oneof(fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/), fc.string({ minLength: 1, maxLength: 6 }))
  // A merge key whose value is no map is no YAML 1.1.
  .filter((name) => name !== '<<');
const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(names, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const styles = fc.record({
  indent: fc.integer({ min: 2, max: 6 }),
  collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
  defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
});

test(
  'a tag anywhere in any YAML can be set, and nothing else changes',
  () => {
    const files = fc.dictionary(names, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
    const property = fc.property(
      files,
      names,
      fc.constantFrom('v1.3.0', '1.10', 'no'),
      styles,
      fc.nat(),
      (file, key, tag, style, at) => {
        const before: Content = { ...file, [key]: { nested: [{ tag }] } };
        const place = [key, 'nested', 0, 'tag'];
        const text = stringify(before, style);
        fc.pre(!Object.keys(before).includes('<<') && contentIsStable(text, before));
        const next = at % 2 === 0 ? 'v1.4.0-dev-2' : '1e5';

        const edited = editValues(text, [{ kind: 'literal', path: printPlace(place), tag: next }], 'values.yaml');

        set(before, place, next);
        same(contentOf(edited.text)[0], unshared(before));
        expect(edited.changes).toMatchObject([{ path: printPlace(place), before: tag, after: next, how: 'literal' }]);
      },
    );
    fc.assert(property, { numRuns: runs(3_000) });
  },
  TIMEOUT,
);

/** The package does not read back everything that it prints, a key `__proto__` for one; such files prove nothing. */
function contentIsStable(text: string, content: Content): boolean {
  const [read] = contentOf(text);
  return JSON.stringify(read) === JSON.stringify(content) && !/[\uFFFD\0]|^(<{7}|={7}|>{7}|\|{7})/m.test(text);
}
