/** What a late run leaves alone, decided on a history of four commits in a line and a commit beside it. */
import type { ReleasedService, ReleaseRecord } from '../../../core/contract/release';
import type { LockEntry } from '../../../core/version/version-lock';
import { findSuperseded, rememberAncestry } from '../../../lambdas/commit/find-superseded';

const LINE = ['c0', 'c1', 'c2', 'c3'];
const isAncestor = async (one: string, other: string) =>
  LINE.includes(one) && LINE.includes(other) && LINE.indexOf(one) <= LINE.indexOf(other);

const entry = (source: string, version: string, digest = 'old'): LockEntry => ({
  source,
  version,
  digest,
  inputDigest: 'i',
});

const released = (name: string): ReleasedService => ({
  name,
  image: name,
  version: 'v1.4.0',
  digest: 'new',
  inputDigest: 'i',
  source: 'c2',
  values: [],
  followsPlatform: true,
});

interface Case {
  readonly now?: LockEntry;
  readonly planned?: LockEntry;
  readonly action?: ReleaseRecord['action'];
  readonly isRewound?: boolean;
  readonly platformVersion?: string;
  readonly rollbackOf?: ReleaseRecord['rollbackOf'];
  /** True if the branch had no record of the service when the run was planned. */
  readonly isNew?: boolean;
}

function find({ now, planned = now, action = 'release', isRewound = false, platformVersion, rollbackOf, isNew }: Case) {
  const record: ReleaseRecord = {
    schema: 1,
    run: 'run-1',
    action,
    commit: 'c2',
    ref: 'main',
    environment: 'default',
    services: [released('auth'), released('etcd')],
    ...(platformVersion === undefined ? {} : { platformVersion }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
  };
  const lockOf = (auth: LockEntry | undefined) => new Map(auth === undefined ? [] : [['auth', auth]]);
  return findSuperseded(
    record,
    { isRewound, lock: lockOf(now), planned: async () => lockOf(isNew ? undefined : planned) },
    isAncestor,
  );
}

test.each<[string, Case]>([
  ['the branch has no record of it', {}],
  ['the branch has this very release', { now: entry('c3', 'v1.4.0', 'new') }],
  ['the branch has an earlier commit of it', { now: entry('c1', 'v1.5.0') }],
  ['the branch has an earlier commit of the same version', { now: entry('c1', 'v1.4.0') }],
  ['the branch has a commit beside it', { now: entry('x', 'v1.5.0') }],
  ['a person releases the same commit under a lower version', { now: entry('c2', 'v1.5.0') }],
  ['a push gives the same commit a higher version', { now: entry('c2', 'v1.3.9'), action: 'push' }],
  ['a push meets a version that cannot be compared', { now: entry('c2', 'odd'), action: 'push' }],
  ['it went forward since the plan', { now: entry('c1', 'v1.3.0'), planned: entry('c0', 'v1.2.0') }],
  ['its version went up since the plan', { now: entry('c1', 'v1.3.1'), planned: entry('c1', 'v1.3.0') }],
  ['its source went forward under a lower version', { now: entry('c1', 'v1.2.0'), planned: entry('c0', 'v1.3.0') }],
  ['its version cannot be compared with that of the plan', { now: entry('c1', 'odd'), planned: entry('c1', 'v1.3.0') }],
  ['the version of the plan cannot be compared', { now: entry('c1', 'v1.3.0'), planned: entry('c1', 'odd') }],
  ['an earlier commit of it was first released after the plan', { now: entry('c1', 'v1.3.0'), isNew: true }],
  ['it is as a rollback saw it', { now: entry('c3', 'v1.5.0'), action: 'rollback' }],
  ['a run gives the whole platform a version', { now: entry('c1', 'v1.3.0'), platformVersion: 'v1.4.0' }],
])('nothing is left alone if %s', async (_, given) => {
  expect(await find(given)).toEqual({ superseded: [], supersededBy: null });
});

test.each<[string, Case]>([
  ['the branch has a later commit of it', { now: entry('c3', 'v1.3.0') }],
  ['the branch has a later commit of the same version', { now: entry('c3', 'v1.4.0') }],
  ['the branch has the same image of a later commit under another version', { now: entry('c3', 'v1.5.0', 'new') }],
  ['its source went back under a higher version', { now: entry('c0', 'v1.4.0'), planned: entry('c1', 'v1.3.0') }],
  ['a rollback did not see it at all', { now: entry('c1', 'v1.3.0'), isNew: true, action: 'rollback' }],
  [
    'a run of the whole platform is undone, which is done service by service',
    {
      now: entry('c1', 'v1.3.1'),
      planned: entry('c1', 'v1.3.0'),
      action: 'rollback',
      platformVersion: 'v1.3.0',
      rollbackOf: { run: 'run-0', commit: 'c1', newer: [] },
    },
  ],
  ['a push meets a higher version of the same commit', { now: entry('c2', 'v1.5.0'), action: 'push' }],
  ['it went back since the plan', { now: entry('c0', 'v1.2.0'), planned: entry('c1', 'v1.3.0') }],
  ['its version went down since the plan', { now: entry('c1', 'v1.2.9'), planned: entry('c1', 'v1.3.0') }],
  [
    'a rollback did not see its version',
    { now: entry('c1', 'v1.3.1'), planned: entry('c1', 'v1.3.0'), action: 'rollback' },
  ],
  [
    'a rollback did not see its digest',
    { now: entry('c1', 'v1.3.0', 'other'), planned: entry('c1', 'v1.3.0'), action: 'rollback' },
  ],
])('a service is left alone if %s', async (_, given) => {
  expect(await find(given)).toEqual({ superseded: ['auth'], supersededBy: 'release' });
});

test('one service that is left alone leaves the whole platform alone', async () => {
  const given = { now: entry('c3', 'v1.5.0'), platformVersion: 'v1.4.0' };
  expect(await find(given)).toEqual({ superseded: ['auth', 'etcd'], supersededBy: 'release' });
});

test('everything is left alone if the branch lacks what the run was planned at', async () => {
  expect(await find({ isRewound: true })).toEqual({ superseded: ['auth', 'etcd'], supersededBy: 'rewind' });
});

test('a pair of commits is asked for once, and the order of the two counts', async () => {
  const asked: string[] = [];
  const remembered = rememberAncestry({
    isAncestor: async (one, other) => {
      asked.push(`${one} ${other}`);
      return isAncestor(one, other);
    },
  });

  expect(await remembered('c0', 'c1')).toBe(true);
  expect(await remembered('c1', 'c0')).toBe(false);
  expect(await remembered('c0', 'c1')).toBe(true);
  expect(asked).toEqual(['c0 c1', 'c1 c0']);
});
