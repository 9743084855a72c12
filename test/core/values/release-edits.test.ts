import { InvalidInputError } from '../../../core/contract/errors';
import { openValues } from '../../../core/values/edit-values';
import { releaseEdits, type ServiceVersion, writeVersions } from '../../../core/values/release-edits';

const CHART = [
  'tag: &tag v1.3.0',
  'restapi: {image: {repository: restapi, tag: *tag}}',
  'auth: {image: {repository: auth, tag: v1.3.0-dev}}',
  'mongo: {image: {repository: mongo, tag: *tag}}',
  'global: {imageTag: *tag}',
  '',
].join('\n');

function service(name: string, version: string, followsPlatform: boolean): ServiceVersion {
  return { name, version, values: [`${name}.image.tag`], followsPlatform };
}

test('a push gives literals to its services and leaves the anchor alone', () => {
  const edits = releaseEdits(openValues(CHART, 'values.yaml'), { services: [service('restapi', 'v1.4.0-dev', false)] });
  expect(edits).toEqual([{ kind: 'literal', path: 'restapi.image.tag', tag: 'v1.4.0-dev' }]);
});

test('a release moves the anchor, lets its services follow it again and pins images that were not released', () => {
  const services = [service('restapi', 'v1.4.0', true), service('auth', 'v1.4.0', true)];
  expect(releaseEdits(openValues(CHART, 'values.yaml'), { platformVersion: 'v1.4.0', services })).toEqual([
    { kind: 'anchor', anchor: 'tag', tag: 'v1.4.0' },
    { kind: 'follow', path: 'restapi.image.tag', anchor: 'tag' },
    { kind: 'follow', path: 'auth.image.tag', anchor: 'tag' },
    { kind: 'pin', path: 'mongo.image.tag' },
  ]);
});

test('every place that a release changes is listed, with how it changed', () => {
  const services = [service('restapi', 'v1.4.0', true), service('auth', 'v1.3.9', false)];
  const { changes } = writeVersions(openValues(CHART, 'values.yaml'), { platformVersion: 'v1.4.0', services });
  expect(changes).toEqual([
    { path: 'tag', before: 'v1.3.0', after: 'v1.4.0', line: 1, how: 'anchor' },
    { path: 'restapi.image.tag', before: 'v1.3.0', after: 'v1.4.0', line: 2, how: 'follow' },
    { path: 'auth.image.tag', before: 'v1.3.0-dev', after: 'v1.3.9', line: 3, how: 'literal' },
    { path: 'mongo.image.tag', before: 'v1.3.0', after: 'v1.3.0', line: 4, how: 'pinned' },
    { path: 'global.imageTag', before: 'v1.3.0', after: 'v1.4.0', line: 5, how: 'along' },
  ]);
});

test('after any pushes, a release brings the file to where a release without them would have', () => {
  const released = {
    platformVersion: 'v1.4.0',
    services: ['restapi', 'auth', 'mongo'].map((name) => service(name, 'v1.4.0', true)),
  };
  const direct = writeVersions(openValues(CHART, 'values.yaml'), released).text;
  let text = CHART;
  for (const [name, version] of [
    ['restapi', 'v1.4.0-dev'],
    ['mongo', 'v1.4.0-dev'],
    ['restapi', 'v1.4.0-dev-2'],
    ['auth', 'v1.4.0-dev'],
  ] as const) {
    text = writeVersions(openValues(text, 'values.yaml'), { services: [service(name, version, false)] }).text;
  }
  expect(text).not.toContain('*tag}}');
  expect(writeVersions(openValues(text, 'values.yaml'), released).text).toBe(direct);
});

test('all paths that are not there are listed at once, with their service', () => {
  const services = ['restapii', 'redis'].map((name) => service(name, 'v1.4.0', true));
  const refused = () => releaseEdits(openValues(CHART, 'chart/values.yaml'), { platformVersion: 'v1.4.0', services });
  expect(refused).toThrow(InvalidInputError);
  expect(refused).toThrow(
    /^chart\/values\.yaml was left as it is:\n.*service restapii.*did you mean 'restapi'\?\n.*service redis.*only tag, restapi, auth, mongo, global$/,
  );
});

test('a service without a tag in the file needs none', () => {
  expect(
    releaseEdits(openValues(CHART, 'values.yaml'), {
      services: [{ ...service('job', 'v1.4.0-dev', false), values: [] }],
    }),
  ).toEqual([]);
});

/** The edits in words, for services that each have their tag at this path and get v2. A path with `!` has a version of its own. */
function editsOf(
  text: string,
  paths: readonly string[],
  platformVersion: string | undefined = 'v2',
): readonly string[] {
  const services = paths.map((path) => {
    const values = [path.replace('!', '')];
    return { name: path, version: 'v2', values, followsPlatform: !path.endsWith('!') };
  });
  const edits = releaseEdits(openValues(text, 'values.yaml'), {
    ...(platformVersion && { platformVersion }),
    services,
  });
  return edits.map((edit) => {
    if (edit.kind === 'anchor') return `&${edit.anchor} ${edit.tag}`;
    if (edit.kind === 'pin') return `${edit.path} stays`;
    return `${edit.path} ${edit.kind === 'follow' ? `*${edit.anchor}` : edit.tag}`;
  });
}

const HEX = 'a'.repeat(64);

test.each<[what: string, tag: string, expected: string]>([
  ['a tag', 'v1', 'a.tag *tag'],
  ['a tag with a digest', `"v1@sha256:${HEX}"`, 'a.tag v2'],
  ['a digest', `"sha256:${HEX}"`, 'a.tag v2'],
  ['a name with a tag', 'team/a:v1', 'a.tag v2'],
])('on a release %s follows the anchor only if an alias can stand for it', (_, tag, expected) => {
  const service = { name: 'a', version: 'v2', values: ['a.tag'], followsPlatform: true, digest: `sha256:${HEX}` };
  const versions = { platformVersion: 'v2', services: [service] };
  const [, edit] = releaseEdits(openValues(`tag: &tag v1\na: { tag: ${tag} }\n`, 'values.yaml'), versions);

  expect(`a.tag ${edit?.kind === 'follow' ? `*${edit.anchor}` : edit?.kind === 'literal' && edit.tag}`).toBe(expected);
  expect(edit).toHaveProperty('digest', `sha256:${HEX}`);
});

test.each<[rule: string, text: string, paths: readonly string[], expected: readonly string[]]>([
  ['a tag before the anchor', 'a: { tag: v1 }\ntag: &tag v1\n', ['a.tag'], ['&tag v2', 'a.tag v2']],
  ['a tag in another document', 'tag: &tag v1\n---\na: { tag: v1 }\n', ['a.tag'], ['&tag v2', 'a.tag v2']],
  ['a service with a version of its own', 'tag: &tag v1\na: { tag: *tag }\n', ['a.tag!'], ['&tag v2', 'a.tag v2']],
])('%s gets a value of its own', (_, text, paths, expected) => {
  expect(editsOf(text, paths)).toEqual(expected);
});

test('the place that defines the anchor follows it, too', () => {
  const edits = editsOf('a: { tag: &x v1 }\nb: { tag: *x }\n', ['a.tag', 'b.tag']);
  expect(edits).toEqual(['&x v2', 'a.tag *x', 'b.tag *x']);
});

test('without a version of the platform no anchor moves, and nothing follows one', () => {
  expect(editsOf('tag: &tag v1\na: { tag: *tag }\n', ['a.tag'], '')).toEqual(['a.tag v2']);
});

test.each<[rule: string, anchors: string, expected: string | undefined]>([
  ['the tags of most services follow', 'a: &x v1\nb: *x\nc: &y v1\n', '&x v2'],
  ['the tags of exactly half of the services follow', 'a: &x v1\nb: *x\nc: v1\nd: v1\n', undefined],
  ['two services follow, if it is defined apart from them', 'z: &x v1\na: *x\nb: *x\nc: v1\nd: v1\ne: v1\n', '&x v2'],
  ['one service follows, even if it is defined apart', 'z: &x v1\na: *x\nb: v1\nc: v1\n', undefined],
  ['the most services follow, wherever it is', 'a: &x v1\nz: &y v1\nb: *y\nc: *y\n', '&y v2'],
  ['follow many values, of which none is a tag of a service', 'z: &x v1\ny: [*x, *x, *x]\na: &y v1\n', '&y v2'],
  ['only services with versions of their own follow', 'z: &x v1\nf!: *x\ng!: *x\na: &y v1\n', '&y v2'],
])('without an anchor named tag, the one that %s is that of the platform, or not', (_, anchors, expected) => {
  const text = anchors
    .replace(/^(\w)!?: (.*)$/gm, '$1: { tag: $2 }')
    .replace(/^([zy]): \{ tag: (.*) \}$/gm, '$1: { x: $2 }');
  const paths = [...anchors.matchAll(/^([a-g]!?):/gm)].map(([, name = '']) =>
    name.endsWith('!') ? `${name[0]}.tag!` : `${name}.tag`,
  );

  expect(editsOf(text, paths).find((edit) => edit.startsWith('&'))).toBe(expected);
});

test.each<[place: string, stays: string | undefined]>([
  ['m: { repository: mongo, version: *tag }', 'm.version'],
  ['m: { image: mongo, version: *tag }', 'm.version'],
  ['m: { image: { x: 1 }, version: *tag }', undefined],
  ['m: { tag: *tag }', 'm.tag'],
  ['m: { imageTag: *tag }', 'm.imageTag'],
  ['m: { image_tag: *tag }', 'm.image_tag'],
  ['m: { mytag: *tag }', undefined],
  ['m: { tags: *tag }', undefined],
  ['m: { image: *tag }', undefined],
  ['m: { tag: [*tag] }', undefined],
  ['imageTag: *tag', undefined],
  ['global: { tag: *tag }', undefined],
  [`m: { version: *tag, digest: "sha256:${HEX}" }`, 'm.version'],
])('of a release that does not name it, %s stays at %s', (place, stays) => {
  expect(editsOf(`tag: &tag v1\n${place}\na: { tag: *tag }\n`, ['a.tag'])).toEqual([
    '&tag v2',
    'a.tag *tag',
    ...(stays === undefined ? [] : [`${stays} stays`]),
  ]);
});

test('the definition of the anchor is no tag of a part, wherever it is', () => {
  expect(editsOf('m: { tag: &tag v1 }\na: { tag: *tag }\n', ['a.tag'])).toEqual(['&tag v2', 'a.tag *tag']);
});

test('at most 100 problems are listed, and the number of all others', () => {
  const services = Array.from({ length: 103 }, (_, at) => service(`s${at}`, 'v2', true));
  const versions = (count: number) => ({ services: services.slice(0, count) });
  const problemsOf = (count: number) => {
    try {
      releaseEdits(openValues(CHART, 'values.yaml'), versions(count));
    } catch (error) {
      return (error as InvalidInputError).problems;
    }
    return [];
  };

  expect(problemsOf(100)).toHaveLength(100);
  expect(problemsOf(103)).toHaveLength(101);
  expect(problemsOf(103).at(-1)).toEqual({
    path: 'values.yaml',
    message: 'has 3 more problems; fix those above first',
  });
});
