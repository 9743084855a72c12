/** Edits of anchors, aliases and merges: who defines an anchor afterwards, who follows it, and what stays as it is. */
import { editValues } from '../../../core/values/edit-values';
import type { ValuesEdit } from '../../../core/values/values-edit';

const pinned = (digest: string | undefined) => (digest === undefined ? {} : { digest });
const set = (path: string, tag: string, digest?: string): ValuesEdit => ({
  kind: 'literal',
  path,
  tag,
  ...pinned(digest),
});
const follow = (path: string, anchor: string, digest?: string): ValuesEdit => ({
  kind: 'follow',
  path,
  anchor,
  ...pinned(digest),
});
const move = (anchor: string, tag: string): ValuesEdit => ({ kind: 'anchor', anchor, tag });
const pin = (path: string): ValuesEdit => ({ kind: 'pin', path });

const [OLD, NEW] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
const lines = (...given: readonly string[]) => `${given.join('\n')}\n`;

test.each<[rule: string, before: string, edits: readonly ValuesEdit[], after: string]>([
  [
    'the first place that will follow an anchor takes it over, even if it did not follow it before',
    lines('main: { tag: &t v1 }', 'a: { tag: v0 }', 'b: { tag: *t }'),
    [set('main.tag', 'v9'), follow('a.tag', 't')],
    lines('main: { tag: v9 }', 'a: { tag: &t v1 }', 'b: { tag: *t }'),
  ],
  [
    'a place that leaves an anchor for another one does not take it over',
    lines('u: &u v5', 'main: { tag: &t v1 }', 'b: { tag: *t }', 'c: { tag: *t }'),
    [set('main.tag', 'v9'), follow('b.tag', 'u')],
    lines('u: &u v5', 'main: { tag: v9 }', 'b: { tag: *u }', 'c: { tag: &t v1 }'),
  ],
  [
    'a place with a value of its own does not take an anchor over',
    lines('main: { tag: &t v1 }', 'a: { tag: v0 }', 'b: { tag: *t }'),
    [set('main.tag', 'v9'), set('a.tag', 'v8')],
    lines('main: { tag: v9 }', 'a: { tag: v8 }', 'b: { tag: &t v1 }'),
  ],
  [
    'a new follower of another anchor does not take one over',
    lines('u: &u v5', 'main: { tag: &t v1 }', 'a: { tag: v0 }', 'b: { tag: *t }'),
    [set('main.tag', 'v9'), follow('a.tag', 'u')],
    lines('u: &u v5', 'main: { tag: v9 }', 'a: { tag: *u }', 'b: { tag: &t v1 }'),
  ],
  [
    'an added line with a value of its own does not take an anchor over',
    lines('main: { tag: &t v1 }', 'base: &b { tag: v0 }', 'a:', '  <<: *b', 'c: { tag: *t }'),
    [set('main.tag', 'v9'), set('a.tag', 'v8')],
    lines('main: { tag: v9 }', 'base: &b { tag: v0 }', 'a:', '  <<: *b', '  tag: v8', 'c: { tag: &t v1 }'),
  ],
  [
    'a byte order mark is no indentation',
    '\uFEFF<<: { tag: v1 }\n',
    [set('tag', 'v2')],
    '\uFEFF<<: { tag: v1 }\ntag: v2\n',
  ],
  [
    'a definition that follows another anchor leaves its own to the next place',
    lines('u: &u v5', 'main: { tag: &t v1 }', 'b: { tag: *t }'),
    [follow('main.tag', 'u')],
    lines('u: &u v5', 'main: { tag: *u }', 'b: { tag: &t v1 }'),
  ],
  [
    'a definition that gets the value of its anchor keeps it',
    lines('main: { tag: &t v1 }', 'b: { tag: *t }'),
    [move('t', 'v2'), set('main.tag', 'v2')],
    lines('main: { tag: &t v2 }', 'b: { tag: *t }'),
  ],
  [
    'a definition that follows its own anchor keeps it',
    lines('main: { tag: &t v1 }', 'b: { tag: *t }'),
    [move('t', 'v2'), follow('main.tag', 't')],
    lines('main: { tag: &t v2 }', 'b: { tag: *t }'),
  ],
  [
    'a line that is added to a map with a merge can take an anchor over',
    lines('main: { tag: &t v1 }', 'base: &b', '  tag: v0', 'a:', '  <<: *b', 'c: { tag: *t }'),
    [set('main.tag', 'v9'), follow('a.tag', 't')],
    lines('main: { tag: v9 }', 'base: &b', '  tag: v0', 'a:', '  <<: *b', '  tag: &t v1', 'c: { tag: *t }'),
  ],
  [
    'an alias stays if its own value is that of its anchor',
    lines('t: &t v1', 'a: { tag: *t }'),
    [set('a.tag', 'v1')],
    lines('t: &t v1', 'a: { tag: *t }'),
  ],
  [
    'an alias becomes a literal if its anchor moves away from its own value',
    lines('t: &t v1', 'a: { tag: *t }'),
    [move('t', 'v2'), set('a.tag', 'v1')],
    lines('t: &t v2', 'a: { tag: v1 }'),
  ],
  [
    'a value stays as it is spelled if it is right',
    lines('a: { tag: "v\\x31" }'),
    [set('a.tag', 'v1')],
    lines('a: { tag: "v\\x31" }'),
  ],
  [
    'an alias of a block of text can get a value of its own',
    lines('t: &t |-', '  v1', 'a: { tag: *t }'),
    [set('a.tag', 'v2')],
    lines('t: &t |-', '  v1', 'a: { tag: v2 }'),
  ],
  [
    'an anchor is known by its name',
    lines('x: &x v1', 'y: &y v2', 'a: { tag: v0 }'),
    [follow('a.tag', 'y')],
    lines('x: &x v1', 'y: &y v2', 'a: { tag: *y }'),
  ],
  [
    'a map keeps what it inherits if that is right',
    lines('base: &b { tag: v1 }', 'a:', '  <<: *b'),
    [set('a.tag', 'v1')],
    lines('base: &b { tag: v1 }', 'a:', '  <<: *b'),
  ],
  [
    'a line is added behind the last map of a merge',
    lines('b: &b { tag: v1 }', 'c: &c { x: 1 }', 'a:', '  <<:', '    - *b', '    - *c', '  name: x'),
    [set('a.tag', 'v2')],
    lines('b: &b { tag: v1 }', 'c: &c { x: 1 }', 'a:', '  <<:', '    - *b', '    - *c', '  tag: v2', '  name: x'),
  ],
  [
    'a line is added behind a merge at the end of a file without a line end',
    'b: &b { tag: v1 }\r\na:\r\n  <<: *b',
    [set('a.tag', 'v2')],
    'b: &b { tag: v1 }\r\na:\r\n  <<: *b\r\n  tag: v2',
  ],
  [
    'a place that two paths lead to may be named by both, if they agree',
    lines('t: &t v1', 'a: &m { tag: v0 }', 'b: *m'),
    [follow('a.tag', 't'), follow('b.tag', 't')],
    lines('t: &t v1', 'a: &m { tag: *t }', 'b: *m'),
  ],
  [
    'a tag that keeps its value keeps its digest',
    lines('t: &t v1', `a: { image: { repository: x, tag: *t, digest: "${OLD}" } }`),
    [move('t', 'v2'), pin('a.image.tag')],
    lines('t: &t v2', `a: { image: { repository: x, tag: v1, digest: "${OLD}" } }`),
  ],
  [
    'a pin with name and tag beside an image gets the tag, not the image',
    lines(`a: { image: team/x:v1, imageDigest: "team/x:v1@${OLD}" }`),
    [set('a.image', 'v2', NEW)],
    lines(`a: { image: team/x:v2, imageDigest: "team/x:v2@${NEW}" }`),
  ],
  [
    'a pin with name and tag beside a tag that follows gets the value of the anchor',
    lines('t: &t v1', `a: { image: { tag: v0, digest: "team/x:v0@${OLD}" } }`),
    [move('t', 'v2'), follow('a.image.tag', 't', NEW)],
    lines('t: &t v2', `a: { image: { tag: *t, digest: "team/x:v2@${NEW}" } }`),
  ],
  [
    'what shares a place with a tag that follows a moved anchor moves with it',
    lines('t: &t v1', 'a: &m { tag: *t }', 'b: *m'),
    [move('t', 'v2'), follow('a.tag', 't')],
    lines('t: &t v2', 'a: &m { tag: *t }', 'b: *m'),
  ],
  [
    'an item of a list is known by its field, whatever the other items are',
    lines('l:', '  - { tag: v0 }', '  - { name: { x: a }, tag: v0 }', '  - { name: a, tag: v0 }', '  - a'),
    [set('l[name=a].tag', 'v1')],
    lines('l:', '  - { tag: v0 }', '  - { name: { x: a }, tag: v0 }', '  - { name: a, tag: v1 }', '  - a'),
  ],
])('%s', (_, before, edits, after) => {
  expect(editValues(before, edits, 'values.yaml').text).toBe(after);
  expect(editValues(after, edits, 'values.yaml')).toEqual({ text: after, changes: [] });
});

const SHARED = lines('t: &t v1', 'u: &u v2', 'a: &m { tag: v0 }', 'b: *m');

test.each<[rule: string, text: string, edits: readonly ValuesEdit[], problems: readonly string[]]>([
  [
    'each anchor that is missing is named once',
    lines('a: { tag: v0 }', 'b: { tag: v0 }', 'c: { tag: v0 }'),
    [follow('a.tag', 'x'), follow('b.tag', 'x'), follow('c.tag', 'y')],
    ['&x: no single value of the file has this anchor', '&y: no single value of the file has this anchor'],
  ],
  [
    'one place cannot follow two anchors',
    SHARED,
    [follow('a.tag', 't'), follow('b.tag', 'u')],
    [
      'b.tag: is the same tag as a.tag, which is to follow &t, while this one is to follow &u; give each service a tag of its own',
    ],
  ],
  [
    'one place cannot have a value and follow an anchor',
    SHARED,
    [set('a.tag', 'v3'), follow('b.tag', 't')],
    [
      'b.tag: is the same tag as a.tag, which is to be v3, while this one is to follow &t; give each service a tag of its own',
    ],
  ],
  [
    'one place cannot follow an anchor and have a value',
    SHARED,
    [follow('a.tag', 't'), set('b.tag', 'v3')],
    [
      'b.tag: is the same tag as a.tag, which is to follow &t, while this one is to be v3; give each service a tag of its own',
    ],
  ],
  [
    'what shares a place with a tag does not change its anchor with it',
    lines('t: &t v1', 'u: &u v5', 'a: &m { tag: *t }', 'b: *m'),
    [move('t', 'v2'), follow('a.tag', 'u')],
    ["b.tag: would change from 'v1' to 'v5' as well, since it is the same tag as a.tag; give that a tag of its own"],
  ],
  [
    'an added line follows no anchor behind it',
    lines('base: &b { tag: v0 }', 'a:', '  <<: *b', 't: &t v1'),
    [follow('a.tag', 't')],
    ['a.tag: cannot follow &t, which is defined after it or in another document (line 4)'],
  ],
  [
    'no anchor reaches into another document',
    lines('t: &t v1', '---', 'a: { tag: v0 }'),
    [follow('a.tag', 't')],
    ['a.tag: cannot follow &t, which is defined after it or in another document (line 1)'],
  ],
  [
    'what shares a place with a tag does not change with it',
    lines('t: &t v1', 'x: { tag: v1 }', 'a: &m { tag: *t }', 'b: *m'),
    [move('t', 'v2'), set('x.tag', 'v9'), set('a.tag', 'v3')],
    ["b.tag: would change from 'v1' to 'v3' as well, since it is the same tag as a.tag; give that a tag of its own"],
  ],
  [
    'a map that is reached by an alias gets no line of its own',
    lines('b: &b { tag: v1 }', 'x: &m', '  <<: *b', 'y: *m'),
    [set('y.tag', 'v2')],
    ['b.tag', 'x.tag'].map(
      (path) =>
        `${path}: would change from 'v1' to 'v2' as well, since it is the same tag as y.tag; give that a tag of its own`,
    ),
  ],
  [
    'a map that is inherited gets no line of its own',
    lines('c: &c { tag: v1 }', 'b: &b', '  image:', '    <<: *c', 'a:', '  <<: *b'),
    [set('a.image.tag', 'v2')],
    ['c.tag', 'b.image.tag'].map(
      (path) =>
        `${path}: would change from 'v1' to 'v2' as well, since it is the same tag as a.image.tag; give that a tag of its own`,
    ),
  ],
  [
    'a missing path is told from the document in which most of it is found',
    lines('x: 1', '---', 'a: { b: { c: 1 } }'),
    [set('a.b.d', 'v1')],
    ["a.b.d: does not exist: 'a.b' has no 'd', only c"],
  ],
  [
    'a missing path is told with the kind of what is there',
    lines(
      'l: [a, b]',
      'm: {}',
      'v: 1',
      'n: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1 }',
      'o: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }',
    ),
    ['l.tag', 'm.tag', 'v.tag', 'n.tag', 'o.tag', 'm[name=a].tag', 'l[name=a].tag'].map((path) => set(path, 'v1')),
    [
      "l.tag: does not exist: 'l' is a list of 2 items",
      "m.tag: does not exist: 'm' has no 'tag', only nothing",
      "v.tag: does not exist: 'v' is a single value",
      "n.tag: does not exist: 'n' has no 'tag', only a, b, c, d, e, f, g, h",
      "o.tag: does not exist: 'o' has no 'tag', only a, b, c, d, e, f, g, h, ...",
      "m[name=a].tag: does not exist: 'm' has no items with name = a",
      "l[name=a].tag: does not exist: 'l' has 2 items, and not exactly one with name = a",
    ],
  ],
])('%s', (_, text, edits, expected) => {
  const problems: string[] = [];
  try {
    editValues(text, edits, 'values.yaml');
  } catch (error) {
    const { problems: found } = error as { readonly problems: readonly { path: string; message: string }[] };
    problems.push(...found.map(({ path, message }) => `${path}: ${message}`));
  }
  expect(problems).toEqual(expected);
});

test('every place whose spelling changes is listed, even if its value stays', () => {
  const text = lines('m: { tag: &t v1 }', 'b: &b { tag: v1 }', 'a:', '  <<: *b', 'c: { tag: *t }', 'd: { tag: *t }');
  const edits = [set('m.tag', 'v9'), follow('d.tag', 't')];
  const { changes } = editValues(text, [...edits, move('t', 'v1')], 'values.yaml');

  expect(changes.map(({ path, before, after, line, how }) => `${line} ${path}: ${before} ${after} ${how}`)).toEqual([
    '1 m.tag: v1 v9 literal',
    '5 c.tag: v1 v1 anchor',
  ]);
  const added = editValues(text, [follow('a.tag', 't')], 'values.yaml');
  expect(added.changes).toEqual([{ path: 'a.tag', before: 'v1', after: 'v1', line: 4, how: 'follow' }]);
});
