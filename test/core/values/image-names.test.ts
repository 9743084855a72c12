/** The names and forms by which a chart's keys and values are known as tags, digests and images. */
import {
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
