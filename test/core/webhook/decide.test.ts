/** Who may start a run, and under which name. The deliveries of git hosts are tested with the webhook step. */
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import {
  catchUpName,
  decidePullRequest,
  decidePush,
  isCaughtUp,
  isRunOf,
  runPrefix,
} from '../../../core/webhook/decide';
import type { Push } from '../../../core/webhook/payload';

const COMMIT = '2'.repeat(40);
const DEVELOP = 'refs/heads/develop';

const settingsOf = (repository: string, changes: Partial<SettingsInput> = {}) =>
  parseSettings({
    git: { host: 'gitlab', repository },
    releases: { host: 'registry.example.com', namespace: 'team' },
    candidates: { host: 'registry.example.com', repository: 'candidates' },
    branches: [
      { branch: 'develop', allow: ['push'], version: '{version}-dev' },
      { branch: 'main', allow: ['release'] },
      { branch: 'x/*', allow: ['push'], version: '{version}-{slug}' },
    ],
    ...changes,
  });

const pushOf = (changes: Partial<Push> = {}): Push => ({
  repositoryId: 7,
  repository: 'kelvin/apps/shop.k',
  ref: DEVELOP,
  before: '1'.repeat(40),
  after: COMMIT,
  deleted: false,
  forced: false,
  commits: [],
  ...changes,
});

describe('a repository without a known id', () => {
  const decide = (repository: string) => decidePush(pushOf({ repository }), settingsOf('kelvin/apps/shop.k')).kind;

  test.each(['kelvin/apps/shop.k', 'Kelvin/Apps/SHOP.K'])('starts runs as %s, as its host ignores case', (name) => {
    expect(decide(name)).toBe('start');
  });

  test.each([
    'kelvin/apps/shop',
    'kelvin/apps/shop.k2',
    'kelvin/apps',
    'x/kelvin/apps/shop.k',
    // The Kelvin sign is a k in lower case.
    '\u212aelvin/apps/shop.k',
    'kelvin/apps/shop.\u212a',
    '',
  ])('starts none as %p', (name) => {
    expect(decide(name)).toBe('ignore');
  });
});

test('a ref that git would refuse starts nothing, and the reason says why', () => {
  const decision = decidePush(pushOf({ ref: 'refs/heads/x/a..b' }), settingsOf('kelvin/apps/shop.k'));

  expect(decision).toEqual({
    kind: 'ignore',
    reason: expect.stringMatching(/^the ref cannot be built: is "refs\/heads\/x\/a..b"; it is not a branch name/),
  });
});

test.each([
  ['refs/tags/v1', 'a tag starts nothing; a release names its version'],
  ['refs/merge-requests/1/head', 'the ref is not a branch'],
  ['refs/heads/main', "branch rule 'main' does not allow push"],
  ['refs/heads/other', 'no branch rule matches this branch'],
])('a push to %s starts nothing', (ref, reason) => {
  expect(decidePush(pushOf({ ref }), settingsOf('kelvin/apps/shop.k'))).toEqual({ kind: 'ignore', reason });
});

test.each<[status: 'RUNNING' | 'SUCCEEDED' | 'FAILED', pushedAt: number | undefined, startedAt: number, boolean]>([
  ['RUNNING', undefined, 5, true],
  ['SUCCEEDED', undefined, 5, false],
  ['FAILED', undefined, 5, false],
  ['RUNNING', 5, 4, false],
  ['RUNNING', 5, 5, true],
  ['SUCCEEDED', 5, 5, true],
  ['SUCCEEDED', 5, 4, false],
  ['FAILED', 5, 6, false],
])('a catch-up that is %s counts for a push at %p if it started at %p: %p', (status, pushedAt, startedAt, expected) => {
  expect(isCaughtUp(pushedAt === undefined ? {} : { pushedAt }, { status, startedAt })).toBe(expected);
});

describe('the name of a run', () => {
  test('has the branch in letters, digits and dashes, or the word branch', () => {
    expect(runPrefix('refs/heads/x/-Ä-log_in-', COMMIT)).toMatch(/^push-x-log-in-2{12}-[0-9a-f]{8}-$/);
    expect(runPrefix('refs/heads/äöü', COMMIT)).toMatch(/^push-branch-2{12}-[0-9a-f]{8}-$/);
    expect(runPrefix(`refs/heads/${'a'.repeat(30)}`, COMMIT)).toMatch(/^push-a{24}-2{12}-[0-9a-f]{8}-$/);
  });

  test('tells its branch, and no other', () => {
    const name = catchUpName(DEVELOP, COMMIT, 0);

    expect(name.startsWith(runPrefix(DEVELOP, COMMIT))).toBe(true);
    expect(isRunOf(DEVELOP, name)).toBe(true);
    expect(isRunOf('refs/heads/develop2', name)).toBe(false);
    expect(isRunOf(DEVELOP, `build-${name}`)).toBe(false);
    expect(isRunOf(DEVELOP, 'push-develop')).toBe(false);
  });

  test('differs for each catch-up of a commit', () => {
    expect(new Set([0, 1, 2].map((earlier) => catchUpName(DEVELOP, COMMIT, earlier))).size).toBe(3);
  });
});

describe('a pull request', () => {
  const pull = { repositoryId: 7, repository: 'kelvin/apps/shop.k', number: 3, commit: COMMIT, headRepositoryId: 7 };
  const decide = (base: string, forks: boolean, headRepositoryId = 7, branch = 'feature') =>
    decidePullRequest(
      { ...pull, base, headRepositoryId, branch },
      settingsOf('kelvin/apps/shop.k', { pullRequests: { comment: true, forks } }),
    );

  test('gets a preview if a push to its base starts a run', () => {
    expect(decide('develop', false)).toEqual({
      kind: 'preview',
      request: { number: 3, base: 'develop', commit: COMMIT },
    });
    expect(decide('develop', true, 8).kind).toBe('preview');
  });

  test.each([
    ['main', 7],
    ['other', 7],
    ['develop', 8],
  ])('into %s from repository %i gets none', (base, headRepositoryId) => {
    expect(decide(base, false, headRepositoryId).kind).toBe('ignore');
  });

  test("of a run gets none, but one of a fork does whose branch has a run's name", () => {
    const own = 'image-pipeline/release-v1-4-0-1a2b3c4d';

    expect(decide('develop', true, 7, own)).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining("run's own"),
    });
    expect(decide('develop', true, 8, own).kind).toBe('preview');
  });
});
