/** Which of two pull requests makes the other superfluous, on a history of four commits in a line and one beside it. */
import fc from 'fast-check';
import { objectKeys } from '../../../../core/contract/keys';
import { ACTIONS, type Action } from '../../../../core/contract/run-input';
import type { PullRequest } from '../../../../core/ports/pull-request';
import { proposalBranch, proposalMarker } from '../../../../core/report/proposal/identity';
import { openRivals, overtakes, type Rival } from '../../../../lambdas/commit/overtake';
import { createMemoryStore } from '../../../support/pipeline/memory-state';
import { runs } from '../../../support/property-runs';

const LINE = ['c0', 'c1', 'c2', 'c3'];
const isAncestor = async (one: string, other: string) =>
  one === other || (LINE.includes(one) && LINE.includes(other) && LINE.indexOf(one) <= LINE.indexOf(other));

interface Facts {
  readonly number: number;
  readonly source?: string;
  /** Sources of services that have another one. */
  readonly sources?: Readonly<Record<string, string>>;
  readonly names?: readonly string[];
  readonly action?: Action;
  readonly environment?: string;
  readonly superseded?: readonly string[];
}

function rival({
  number,
  source = 'c1',
  sources = {},
  names = ['auth'],
  action = 'push',
  environment = 'dev',
  superseded = [],
}: Facts): Rival {
  const services = names.map((name) => ({ name, source: sources[name] ?? source }));
  const record = { run: `run-${number}`, action, environment, services };
  return { pull: { number }, record, superseded } as unknown as Rival;
}

test.each<[string, Facts, Facts, boolean]>([
  ['a later commit of the same service', { number: 2, source: 'c2' }, { number: 1 }, true],
  ['an earlier commit', { number: 2, source: 'c0' }, { number: 1 }, false],
  ['a commit beside it', { number: 2, source: 'x' }, { number: 1 }, false],
  ['the same commit, opened later', { number: 2 }, { number: 1 }, true],
  ['the same commit, opened earlier', { number: 1 }, { number: 2 }, false],
  ['more services of the same commit, opened earlier', { number: 1, names: ['auth', 'etcd'] }, { number: 2 }, true],
  ['other services', { number: 2, source: 'c2', names: ['etcd'] }, { number: 1 }, false],
  ['one of two services', { number: 2, source: 'c2' }, { number: 1, names: ['auth', 'etcd'] }, false],
  [
    'two services, of which one has an earlier commit',
    { number: 2, source: 'c2', names: ['auth', 'etcd'], sources: { etcd: 'c0' } },
    { number: 1, names: ['auth', 'etcd'] },
    false,
  ],
  [
    'the only service that is left of two',
    { number: 2, source: 'c2' },
    { number: 1, names: ['auth', 'etcd'], superseded: ['etcd'] },
    true,
  ],
  ['another environment', { number: 2, source: 'c2', environment: 'production' }, { number: 1 }, false],
  ['a push, of what a person released', { number: 2, source: 'c2' }, { number: 1, action: 'release' }, false],
  ['a release, of a release', { number: 2, source: 'c2', action: 'release' }, { number: 1, action: 'release' }, true],
  ['a release, of a push', { number: 2, action: 'release' }, { number: 1 }, true],
  ['a later rollback to an older commit', { number: 2, source: 'c0', action: 'rollback' }, { number: 1 }, true],
  [
    'a later rollback of one of two services',
    { number: 2, action: 'rollback' },
    { number: 1, names: ['auth', 'etcd'] },
    false,
  ],
  ['an earlier rollback', { number: 1, source: 'c3', action: 'rollback' }, { number: 2 }, false],
])('decides for %s', async (_, one, other, expected) => {
  expect(await overtakes(rival(one), rival(other), isAncestor)).toBe(expected);
});

test('a pull request counts only if the store has both what its run released and what it proposed', async () => {
  const run = 'run-7';
  const pull: PullRequest = {
    number: 7,
    url: 'https://git.example/pulls/7',
    base: 'main',
    branch: proposalBranch(run, 'c'.repeat(40)),
    head: 'd'.repeat(40),
    body: proposalMarker(run),
    state: 'open',
    isOutdated: false,
  };
  const record = { run, services: [] };
  const [release, proposal] = [objectKeys.release(run), objectKeys.proposal(run)];
  const rivals = async (stored: Readonly<Record<string, object>>) => {
    const store = createMemoryStore();
    await store.put(objectKeys.proposed(run, pull.head), '{}');
    for (const [key, value] of Object.entries(stored)) await store.put(key, JSON.stringify(value));
    return openRivals('main', { open: async () => [pull] }, store);
  };

  const proposed = { result: { superseded: ['etcd'] } };
  expect(await rivals({ [release]: record, [proposal]: proposed })).toEqual([{ pull, record, superseded: ['etcd'] }]);
  expect(await rivals({ [release]: record })).toEqual([]);
  expect(await rivals({ [proposal]: proposed })).toEqual([]);
});

const facts = (number: number) =>
  fc.record({
    number: fc.constant(number),
    source: fc.constantFrom(...LINE, 'x'),
    names: fc.uniqueArray(fc.constantFrom('auth', 'etcd', 'ngui'), { minLength: 1 }),
    action: fc.constantFrom(...ACTIONS),
    environment: fc.constantFrom('dev', 'production'),
  });

test('two never make each other superfluous, so that one of them stays open', async () => {
  await fc.assert(
    fc.asyncProperty(facts(1), facts(2), async (one, other) => {
      const both = [rival(one), rival(other)] as const;
      const [first, second] = [await overtakes(...both, isAncestor), await overtakes(both[1], both[0], isAncestor)];
      expect(first && second).toBe(false);
    }),
    { numRuns: runs(500) },
  );
});
