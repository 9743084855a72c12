/** The names and forms by which a chart's keys and values are known as tags, digests and images. */
import { openValues } from '../../../core/values/edit-values';
import {
  findImageField,
  isDigest,
  isDigestName,
  isTagName,
  isWritable,
  readReference,
  subjectOf,
  withPin,
  withTag,
  wordsOf,
} from '../../../core/values/image-fields';

const HEX = 'a'.repeat(64);
const NEW = `sha256:${'b'.repeat(64)}`;

test.each([
  ['imageSHA256', ['image', 'sha256']],
  ['image_sha256', ['image', 'sha256']],
  ['image-sha', ['image', 'sha']],
  ['SHA', ['sha']],
  ['apiSHA_sum', ['api', 'sha', 'sum']],
  ['HTTPServer2tag', ['httpserver2', 'tag']],
  ['v12', ['v12']],
  ['_12_', ['12']],
  ['', []],
])('the words of %p are %p', (name, words) => {
  expect(wordsOf(name)).toEqual(words);
});

test.each(['digest', 'sha', 'shas', 'imageDigest', 'api_sha256', 'sha512', 'SHA', 'shasum', 'imagedigest', 'SHA_256'])(
  'the key %p is that of a digest',
  (name) => expect(isDigestName(name)).toBe(true),
);

test.each(['tag', 'shared', 'dashboard', 'digester', 'share256', '256', 'image', 'digestible', ''])(
  'the key %p is not that of a digest',
  (name) => expect(isDigestName(name)).toBe(false),
);

test('keys of tags are known by a whole word', () => {
  expect(['tag', 'appVersion', 'image_ref', 'revisions', 'stage', 'tagged', ''].map(isTagName)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test.each([
  ['apiImageDigest', 'api'],
  ['tag', ''],
  ['apidigest', 'api'],
  ['apidigests', 'api'],
  ['digestsOfApi', 'ofapi'],
  ['frontend_sha256', 'frontend'],
  [3, '#'],
])('the image that %p is about is %p', (step, subject) => {
  expect(subjectOf(step)).toBe(subject);
});

test.each<[string, boolean, boolean]>([
  [`sha256:${HEX}`, true, true],
  [`@sha256:${HEX}`, true, true],
  [HEX, true, true],
  [`@${HEX}`, true, true],
  [`${HEX}${HEX}`, true, false],
  [`@${HEX}${HEX}`, false, true],
  [HEX.slice(1), false, true],
  [`x${HEX}`, false, true],
  [`${HEX}x`, false, true],
  [`x@sha256:${HEX}`, false, true],
  [`sha256:${HEX} x`, false, true],
  ['v1.4.0', false, true],
])('%p is a digest: %p, and SHA-256 can take its place: %p', (value, isOne, canChange) => {
  expect(isDigest(value)).toBe(isOne);
  expect(isWritable(value)).toBe(canChange);
});

test.each<[value: string, key: string, name: string, tag: string, digest: string]>([
  ['v1', 'tag', '', 'v1', ''],
  ['api', 'image', 'api', '', ''],
  ['', 'image', '', '', ''],
  ['team/api', 'tag', 'team/api', '', ''],
  ['host:5000/api', 'image', 'host:5000/api', '', ''],
  ['host:5000/api:v1', 'image', 'host:5000/api', 'v1', ''],
  ['api:v1@sha256:1', 'image', 'api', 'v1', 'sha256:1'],
  ['@sha256:1', 'tag', '', '', 'sha256:1'],
  [':v1', 'tag', '', 'v1', ''],
])('the value %p of %p is name %p, tag %p, digest %p', (value, key, name, tag, digest) => {
  expect(readReference(value, key)).toEqual({ name, tag, digest });
});

test.each<[value: string, key: string, digest: string | undefined, result: string]>([
  ['v1', 'tag', NEW, 'v2'],
  ['api:v1', 'image', NEW, 'api:v2'],
  ['api:v1@sha256:1', 'image', NEW, `api:v2@${NEW}`],
  ['api:v1@sha256:1', 'image', undefined, 'api:v2'],
  [`sha256:${HEX}`, 'digest', NEW, NEW],
  ['', 'digest', NEW, NEW],
  ['', 'digest', undefined, ''],
  ['', 'tag', NEW, 'v2'],
  [`@${HEX}`, 'sha', NEW, `@${'b'.repeat(64)}`],
])('the value %p of %p gets tag v2 and digest %p as %p', (value, key, digest, result) => {
  expect(withTag(value, key, 'v2', digest)).toBe(result);
});

test.each<[value: string, digest: string | undefined, result: string]>([
  [HEX, NEW, 'b'.repeat(64)],
  [`@sha256:${HEX}`, NEW, `@${NEW}`],
  ['', NEW, NEW],
  ['', undefined, ''],
  ['team/api', NEW, `team/api@${NEW}`],
  ['team/api', undefined, 'team/api'],
  [`team/api@sha256:${HEX}`, undefined, 'team/api'],
  ['team/api:v1', NEW, 'team/api:v2'],
])('the pin %p gets digest %p as %p', (value, digest, result) => {
  expect(withPin(value, 'v2', digest)).toBe(result);
});

/** What a path leads to in this map: the value that gets the tag, or the refusal. */
function fieldOf(map: string, name: string): string {
  const { index } = openValues(`m: { ${map} }\n`, 'values.yaml');
  const field = findImageField(name === '' ? 'm' : `m.${name}`, index);
  return 'missing' in field ? field.missing : field.leaf.key;
}

const notTag = (value: string, better?: string) =>
  `is '${value}', which is not an image tag${better === undefined ? '' : `; name the path of '${better}' instead`}`;

test.each<[map: string, name: string, expected: string]>([
  ['tag: v1', '', 'tag'],
  ['newTag: v1', '', 'newTag'],
  [`digest: "sha256:${HEX}"`, '', 'digest'],
  [`tag: v1, digest: "sha256:${HEX}"`, '', 'tag'],
  ['x: 1', '', 'is a map, not a tag'],
  ['x: [1]', 'x', 'is a list, not a tag'],
  ['version: v1', 'version', 'version'],
  ['image: team/a', 'image', 'image'],
  ['image: team/a, tag: v1', 'image', notTag('team/a', 'tag')],
  ['image: team/a:v1, tag: v1', 'image', 'image'],
  ['repository: team/a, tag: v1', 'repository', notTag('team/a', 'tag')],
  ['repository: team/a:v1, tag: v1', 'repository', notTag('team/a:v1', 'tag')],
  ['repository: team/a:v1', 'repository', 'repository'],
  [`repository: "team/a@sha256:${HEX}"`, 'repository', 'repository'],
  ['repository: team/a', 'repository', notTag('team/a')],
  ['imageRepo: team/a', 'imageRepo', notTag('team/a')],
  ['image_repository: team/a', 'image_repository', notTag('team/a')],
  ['myRepository: team/a', 'myRepository', 'myRepository'],
  ['repositoryUrl: team/a', 'repositoryUrl', 'repositoryUrl'],
  ['newName: team/a', 'newName', notTag('team/a')],
  ['imageName: team/a', 'imageName', notTag('team/a')],
  ['renewName: a', 'renewName', 'renewName'],
  ['newNames: a', 'newNames', 'newNames'],
  ['repository: team/a, digest: ""', 'repository', notTag('team/a', 'digest')],
  ['name: a, x: 1', 'name', 'name'],
  ['name: a, x: 1, registry: r', 'name', notTag('a')],
  ['name: a, tagged: 1, mytag: v1', 'name', 'name'],
  ['name: a, digests: 1, redigest: 1', 'name', 'name'],
  ['x: v1, imageTag: v1', 'x', notTag('v1', 'imageTag')],
  ['x: v1, image_tag: v1', 'x', notTag('v1', 'image_tag')],
  ['x: v1, newTag: v1', 'x', notTag('v1', 'newTag')],
  ['x: v1, stage: v1, tags: v1', 'x', 'x'],
  ['name: a, imageTag: v1', 'name', notTag('a', 'imageTag')],
  ['registry: r, tag: v1, z: 1', 'registry', notTag('r', 'tag')],
  ['registry: r, z: 1', 'registry', 'registry'],
  ['registryUrl: r, image: a', 'registryUrl', 'registryUrl'],
  ['pullSecret: r, image: a', 'pullSecret', notTag('r')],
  ['pullSecrets: r, image: a, z: 1', 'pullSecrets', notTag('r')],
  ['secretsOf: r, image: a', 'secretsOf', 'secretsOf'],
  ['policy: Always', 'policy', notTag('Always')],
  ['policy: IfNotPresent', 'policy', notTag('IfNotPresent')],
  ['policy: NotAlways', 'policy', 'policy'],
  ['policy: Nevermore', 'policy', 'policy'],
  ['useDigest: true', 'useDigest', notTag('true')],
  ['digest: ""', 'digest', 'digest'],
  ['apiDigest: ""', 'apiDigest', 'apiDigest'],
  [
    'digestOf: ""',
    'digestOf',
    'is empty, so it is not clear how the chart writes a digest; write a SHA-256 digest there once',
  ],
  ['sha: ""', 'sha', 'is empty, so it is not clear how the chart writes a digest; write a SHA-256 digest there once'],
  ['sha: abc', 'sha', "is 'abc', so it is not clear how the chart writes a digest; write a SHA-256 digest there once"],
])('in { %s } the path %j leads to the tag %j', (map, name, expected) => {
  expect(fieldOf(map, name)).toBe(expected);
});
