/** Tags that the local pipeline's registry never overwrites, by the rule of ECR's release repositories. */
import { isImmutableTag } from '../../../core/contract/keys';

const releases = { namespace: 'team/shop', movableTags: ['latest', 'stable-*'] };

test.each(['v1.3.0', 'in', 'latest-1', 'stable'])('the tag %s of a release is never overwritten', (tag) => {
  expect(isImmutableTag('team/shop/auth', tag, releases)).toBe(true);
});

test.each(['in-0123abcd', 'latest', 'stable-1', 'stable-'])('the tag %s of a release may move', (tag) => {
  expect(isImmutableTag('team/shop/auth', tag, releases)).toBe(false);
});

test.each(['candidates', 'team/shop', 'team/shopping/auth', 'other/team/shop/auth'])(
  'in %s, which is no release repository, every tag may move',
  (repository) => {
    expect(isImmutableTag(repository, 'v1.3.0', releases)).toBe(false);
  },
);

test('without movable tags of the settings, only content tags may move', () => {
  const strict = { namespace: 'shop', movableTags: [] };

  expect(isImmutableTag('shop/auth', 'latest', strict)).toBe(true);
  expect(isImmutableTag('shop/auth', 'in-0123abcd', strict)).toBe(false);
});
