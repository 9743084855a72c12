import { readReference, withTag } from '../../../core/values/image-fields';

const [old, next] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);

test.each([
  ['v1.3.0', 'tag', { name: '', tag: 'v1.3.0', digest: '' }],
  ['', 'tag', { name: '', tag: '', digest: '' }],
  ['restapi', 'image', { name: 'restapi', tag: '', digest: '' }],
  ['restapi:v1', 'image', { name: 'restapi', tag: 'v1', digest: '' }],
  ['acme/restapi', 'ref', { name: 'acme/restapi', tag: '', digest: '' }],
  ['localhost:5000/a/b', 'image', { name: 'localhost:5000/a/b', tag: '', digest: '' }],
  ['localhost:5000/a/b:v1@sha256:12', 'image', { name: 'localhost:5000/a/b', tag: 'v1', digest: 'sha256:12' }],
  ['v1.3.0@sha256:12', 'tag', { name: '', tag: 'v1.3.0', digest: 'sha256:12' }],
])('%j under %s is taken apart', (value, key, expected) => expect(readReference(value, key)).toEqual(expected));

test('a pinned digest moves with the tag, or goes if the new one is not known', () => {
  expect(withTag(`a/b:v1@${old}`, 'image', 'v2', next)).toBe(`a/b:v2@${next}`);
  expect(withTag(`a/b@${old}`, 'image', 'v2', next)).toBe(`a/b:v2@${next}`);
  expect(withTag(`v1@${old}`, 'tag', 'v2', next)).toBe(`v2@${next}`);
  expect(withTag(`a/b:v1@${old}`, 'image', 'v2', undefined)).toBe('a/b:v2');
});

test('a digest is not added where none was', () => {
  expect(withTag('a/b:v1', 'image', 'v2', next)).toBe('a/b:v2');
  expect(withTag('v1', 'tag', 'v2', next)).toBe('v2');
});
