/** The build cache that a run may write, by the branch rules. */
import { cacheScope, RELEASE_SCOPE } from '../../../core/planning/build-jobs';
import { parseSettings } from '../../../core/settings/parse-settings';

const { branches } = parseSettings({
  git: { host: 'github', repository: 'example/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'candidates' },
});

test('branches that may release share one cache, which no other branch writes', () => {
  const writers = branches.filter((rule) => cacheScope(rule) === RELEASE_SCOPE);
  expect(writers.map(({ branch }) => branch)).toEqual(['main']);
  expect(cacheScope({ branch: 'stable/*', allow: ['build', 'release'] })).toBe(RELEASE_SCOPE);
});

test('every other rule has a cache of its own, whatever its place among the rules', () => {
  const scopes = branches.map(cacheScope);
  expect(new Set(scopes).size).toBe(branches.length);
  expect([...branches].reverse().map(cacheScope).reverse()).toEqual(scopes);
});

test('a scope fits into a tag', () => {
  expect(cacheScope({ branch: 'odd, ref=/x:*', allow: ['push'] })).toMatch(/^[a-z0-9]{1,16}$/);
});
