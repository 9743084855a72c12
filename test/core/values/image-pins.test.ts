/**
 * Which digests near a tag are of its image. A pin that is missed runs the old image; one of another image that is moved breaks that one. What
 * is not certain is refused, with its line.
 */
import { asField } from '../../../core/values/image-fields';
import { findPins } from '../../../core/values/image-pins';
import { readValues } from '../../../core/values/read-values';
import { findPath, indexValues } from '../../../core/values/values-index';
import { printKey } from '../../../core/values/values-path';

const HEX = 'a'.repeat(64);
const SHA = `sha256:${HEX}`;

/** The paths of the digests that belong to the tag at a path, and of those that may. */
function pinsOf(
  path: string,
  values: object,
): { readonly own: readonly string[]; readonly unclear: readonly string[] } {
  const index = indexValues(readValues(JSON.stringify(values), 'values.yaml').documents);
  if ('problems' in index) throw new Error(JSON.stringify(index.problems));
  const found = findPath(path, index);
  const [field] = 'missing' in found ? [] : asField(found);
  if (field === undefined) throw new Error(`there is no ${path}`);
  const { own, unclear } = findPins(field, index);
  return { own: own.map(({ at }) => printKey(at.key)), unclear: unclear.map(({ at }) => printKey(at.key)) };
}

test.each<[string, string, object, string]>([
  [
    'in a list of images by name, once',
    'images[0].newTag',
    { images: [{ name: 'a', newTag: 'v1', digest: SHA }] },
    'images[0].digest',
  ],
  [
    'in a second item of that name',
    'images[0].newTag',
    {
      images: [
        { name: 'a', newTag: 'v1' },
        { name: 'a', digest: SHA },
      ],
    },
    'images[1].digest',
  ],
  [
    'among named values, of which some have none',
    'env[0].value',
    { env: [{ name: 'API_TAG', value: 'v1' }, { name: 'OTHER' }, { name: 'API_DIGEST', value: SHA }] },
    'env[2].value',
  ],
  [
    'in a map of digests, beside what is none',
    'tags.api',
    { tags: { api: 'v1' }, digests: { api: SHA, apiImage: 'none' } },
    'digests.api',
  ],
  [
    'in global, under its name',
    'api.image.tag',
    { api: { image: { tag: 'v1' } }, global: { apiDigest: SHA } },
    'global.apiDigest',
  ],
  [
    'in the image of global, under its name',
    'api.image.tag',
    { api: { image: { tag: 'v1' } }, global: { image: { apiDigest: SHA } } },
    'global.image.apiDigest',
  ],
  [
    'in global, at its own path',
    'api.image.tag',
    { api: { image: { tag: 'v1' } }, global: { api: { image: { apiDigest: SHA } } } },
    'global.api.image.apiDigest',
  ],
])('a digest %s belongs to the tag', (_, path, values, expected) => {
  expect(pinsOf(path, values)).toEqual({ own: [expected], unclear: [] });
});

test.each<[string, string, object, string]>([
  ['in a form that SHA-256 cannot take', 'api.tag', { api: { tag: 'v1', digest: HEX + HEX } }, 'api.digest'],
  ['in such a form in global', 'api.tag', { api: { tag: 'v1' }, global: { apiDigest: HEX + HEX } }, 'global.apiDigest'],
  ['of all images in global', 'api.tag', { api: { tag: 'v1' }, global: { digest: SHA } }, 'global.digest'],
  ['of one more thing beside the tag', 'api.tag', { api: { tag: 'v1', digestArm64: SHA } }, 'api.digestArm64'],
  ['of a thing whose name begins alike', 'apiTag', { apiTag: 'v1', apiArm64Digest: SHA }, 'apiArm64Digest'],
  ['in the map around, of no image', 'x.y.tag', { x: { digest: SHA, y: { tag: 'v1' } } }, 'x.digest'],
  ['in the map around, whose tag is empty', 'x.y.tag', { x: { tag: '', digest: SHA, y: { tag: 'v1' } } }, 'x.digest'],
  [
    'in the map around, whose tag is a switch',
    'x.y.tag',
    { x: { tag: true, digest: SHA, y: { tag: 'v1' } } },
    'x.digest',
  ],
  [
    'in the map around, beside a repository',
    'x.y.tag',
    { x: { repository: 'a', digest: SHA, y: { tag: 'v1' } } },
    'x.digest',
  ],
  ['under an odd name', 'api.tag', { api: { tag: 'v1', checked: SHA } }, 'api.checked'],
  ['under an odd name, with an at sign', 'api.tag', { api: { tag: 'v1', checked: `@${SHA}` } }, 'api.checked'],
  ['in bare hex under the name of a hash', 'api.tag', { api: { tag: 'v1', hash: HEX } }, 'api.hash'],
  ['that cannot be read', 'api.tag', { api: { tag: 'v1', digest: 'latest' } }, 'api.digest'],
  [
    'in a map that only looks like a named value',
    'api.value',
    { api: { name: 'web', value: 'v1', webDigest: SHA } },
    'api.webDigest',
  ],
])('a digest %s may belong to the tag', (_, path, values, expected) => {
  expect(pinsOf(path, values)).toEqual({ own: [], unclear: [expected] });
});

test.each<[string, string, object]>([
  ['a digest two maps further up', 'x.y.z.tag', { x: { digest: SHA, y: { z: { tag: 'v1' } } } }],
  ['a digest of the tag beside it', 'x.y.tag', { x: { tag: 'v9', digest: SHA, y: { tag: 'v1' } } }],
  ['a digest of the image beside it', 'x.y.tag', { x: { image: 'team/x', digest: SHA, y: { tag: 'v1' } } }],
  [
    'a digest of a thing whose name begins alike, in the map around',
    'api.tag',
    { apiArm64Digest: SHA, api: { tag: 'v1' } },
  ],
  ['a digest of a thing whose name ends alike', 'apiTag', { apiTag: 'v1', otherApiDigest: SHA }],
  ['a whole reference in the map around', 'api.tag', { image: `team/x@${SHA}`, otherDigest: SHA, api: { tag: 'v1' } }],
  ['a whole reference in global', 'api.tag', { api: { tag: 'v1' }, global: { image: `team/x@${SHA}` } }],
  [
    'the digest of an image in global for the tag of global',
    'global.tag',
    { global: { tag: 'v1', image: { digest: SHA } } },
  ],
  ['a text that names a reference', 'api.tag', { api: { tag: 'v1', pinned: `made from team/x@${SHA}` } }],
  ['a text that names a digest', 'api.tag', { api: { tag: 'v1', note: `made from ${SHA}` } }],
  ['an id', 'api.tag', { api: { tag: 'v1', buildId: SHA } }],
  ['64 hex digits under another name', 'api.tag', { api: { tag: 'v1', commit: HEX } }],
  ['a switch', 'api.tag', { api: { tag: 'v1', digest: true } }],
  ['the name of an image for digests', 'api.tag', { api: { tag: 'v1', digestImage: 'x' } }],
])('%s does not belong to the tag', (_, path, values) => {
  expect(pinsOf(path, values)).toEqual({ own: [], unclear: [] });
});
