/** On which branch a person's input runs, if any; the name of its run; and which heads without a webhook start one. */
import { parseSettings } from '../../../core/settings/parse-settings';
import type { BranchRule } from '../../../core/settings/schema';
import { executionName, isActor, parseExecutionInput, runBranch } from '../../../core/webhook/execution-input';
import { type PastRuns, reconcileBranch } from '../../../core/webhook/reconcile';

const COMMIT = '2'.repeat(40);

const settingsWith = (...branches: BranchRule[]) =>
  parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    branches,
  });

const RULES: BranchRule[] = [
  { branch: 'stable/*', allow: ['release', 'rollback'] },
  { branch: 'main', allow: ['release', 'promote'] },
  { branch: 'other', allow: ['release', 'build'] },
  { branch: 'develop', allow: ['push'], version: '{version}-dev' },
];

describe('the branch of a run', () => {
  const settings = settingsWith(...RULES);
  const of = (input: Parameters<typeof runBranch>[0], given = settings) => runBranch(input, given).branch;

  test('is the named one, if its rule allows the action', () => {
    expect(of({ action: 'release', version: 'v1.4.0', ref: 'other' })).toBe('other');
    expect(of({ action: 'release', version: 'v1.4.0', ref: 'stable/1' })).toBe('stable/1');
    expect(of({ action: 'push', ref: 'refs/heads/develop', commit: COMMIT })).toBe('develop');
    expect(runBranch({ action: 'release', version: 'v1.4.0', ref: 'main' }, settings).rule).toEqual(
      settings.branches.find(({ branch }) => branch === 'main'),
    );
  });

  test('is the first that allows the action by its own name, if none is named', () => {
    expect(of({ action: 'promote', version: 'v1.4.0', from: 'v1.3.0' })).toBe('main');
  });

  test.each<[Parameters<typeof runBranch>[0], BranchRule[], string]>([
    [
      { action: 'rollback', version: 'v1.3.0' },
      RULES,
      'is missing, and every branch rule that allows rollback is a pattern',
    ],
    [
      { action: 'build', services: ['a'], version: 'v1', ref: 'main' },
      RULES,
      "the branch rules do not allow build on 'main'; it is allowed on: other",
    ],
    [
      { action: 'release', version: 'v1', ref: 'none' },
      RULES,
      "the branch rules do not allow release on 'none'; it is allowed on: stable/*, main, other",
    ],
    [
      { action: 'build', services: ['a'], version: 'v1', ref: 'develop' },
      RULES.slice(3),
      "the branch rules do not allow build on 'develop'; it is allowed on: no branch",
    ],
    [
      { action: 'push', ref: 'x/refs/heads/develop', commit: COMMIT },
      RULES,
      "the branch rules do not allow push on 'x/refs/heads/develop'; it is allowed on: develop",
    ],
  ])('is refused for %j', (input, rules, message) => {
    expect(() => runBranch(input, settingsWith(...rules))).toThrow(
      expect.objectContaining({
        name: 'InvalidInput',
        message: expect.stringMatching(/^the run was refused:\n/),
        problems: [{ path: 'ref', message: expect.stringContaining(message) }],
      }),
    );
  });
});

describe('the name of a run', () => {
  const at = Date.parse('2026-11-23T21:05:01.042Z');

  test.each<[Parameters<typeof executionName>[0], string]>([
    [{ action: 'push', ref: 'refs/heads/feature/refs/heads/x', commit: COMMIT }, 'push-feature-refs-heads-x-22222222'],
    [{ action: 'release', version: 'v1.4.0', ref: 'main', dryRun: true }, 'release-dry-v1-4-0'],
    [{ action: 'rollback', version: `v1.4.0-${'x'.repeat(60)}` }, `rollback-v1-4-0-${'x'.repeat(41)}`],
  ])('of %j begins with %s', (input, name) => {
    expect(executionName(input, at)).toBe(`${name}-20261123T210501042`);
  });
});

test('deep JSON is refused by its depth', () => {
  const deep = JSON.parse(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`);
  expect(() => parseExecutionInput({ action: 'push', ...deep })).toThrow('input: nests deeper than 100 levels');
});

test.each<[string, boolean]>([
  ['a', true],
  ['Ada Lovelace', true],
  ['a'.repeat(128), true],
  [' a', false],
  ['a ', false],
  ['a\nb', false],
  ['a\u2028b', false],
  ['a\u2029b', false],
  ['\u0007', false],
  ['\u001b[31m', false],
  ['', false],
  ['a'.repeat(10_000), false],
])('%j can be the name of a person: %p', (name, expected) => {
  expect(isActor(name)).toBe(expected);
});

describe('a head without a webhook', () => {
  const DAY = 24 * 60 * 60 * 1000;
  const none: PastRuns = { statuses: [], caughtUp: 0, committed: false, isOwn: false };
  const decide = (name: string, past: Partial<PastRuns>, age = 0) =>
    reconcileBranch(
      { name, commit: COMMIT, committedAt: 0, message: '' },
      { ...none, ...past },
      settingsWith(...RULES, { branch: 'x/*', allow: ['push'], version: '{version}-{slug}' }),
      age,
    );

  test.each<[string, string, Partial<PastRuns>, number]>([
    ['no branch rule allows a push to it', 'none', {}, 0],
    ['no branch rule allows a push to it', 'main', {}, 0],
    ['the pipeline made its head', 'develop', { isOwn: true }, 0],
    ['a run of its head is open', 'develop', { statuses: ['RUNNING'] }, 0],
    ['the run of its head failed and was reported', 'develop', { statuses: ['FAILED', 'SUCCEEDED'] }, 0],
    ['the run of its head has succeeded', 'develop', { statuses: ['SUCCEEDED'] }, 0],
    ['its last commit is several days old', 'x/y', {}, 3 * DAY + 1],
  ])('starts nothing if %s', (reason, name, past, age) => {
    expect(decide(name, past, age)).toEqual({ kind: 'ignore', reason });
  });

  test.each<[string, Partial<PastRuns>, number]>([
    ['develop', {}, 400 * DAY],
    ['x/y', {}, 3 * DAY],
    ['develop', { statuses: ['SUCCEEDED', 'FAILED'], committed: true }, 0],
  ])('on %s starts a run if its runs were %j', (name, past, age) => {
    const input = { action: 'push', ref: `refs/heads/${name}`, commit: COMMIT };
    expect(decide(name, past, age)).toMatchObject({ kind: 'start', input });
  });
});
