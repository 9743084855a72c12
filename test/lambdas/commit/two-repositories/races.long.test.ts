/** Schedules of many runs, and a fault around every call, while the values files have a repository of their own. */
import type { CommitResult, ReleaseRecord } from '../../../../core/contract/release';
import type { GitHost } from '../../../../core/ports/git';
import { readTrailers } from '../../../../core/version/commit-message';
import { breachesIn } from '../../../support/races/commit-invariants';
import { playSchedule } from '../../../support/races/race-schedule';
import { type HostKind, makeRaceWorld, pushOf } from '../../../support/races/race-world';
import { type TwoHosts, type TwoRepositories, withSources } from '../../../support/races/two-repositories';

let world: TwoRepositories;

const open = async (kind: HostKind) => {
  world = await withSources(await makeRaceWorld(kind));
};

afterEach(() => world.stop());

test.each<[number, HostKind]>([
  [1, 'a repository on disk'],
  [2, 'git http-backend'],
])('eight runs at once keep all invariants of the values repository (schedule %i on %s)', async (seed, kind) => {
  await open(kind);

  const tries = await playSchedule(world, seed);

  expect(tries).toContainEqual(expect.objectContaining({ isMoved: true }));
  expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
  expect(world.runs.length).toBeGreaterThan(8);
  expect(await breachesIn(world)).toEqual([]);
});

test('the check finds a run of older sources that overwrites a newer one (I6)', async () => {
  await open('a repository on disk');
  const [older, newer] = [await plan('run-1'), await plan('run-2'), await plan('run-3')];
  await world.play(newer);
  const { git } = world.hosts;
  const blind: GitHost = { ...git, isAncestor: async (one, other) => one === older.commit && other !== newer.commit };
  const store = await world.release(older);

  const result = await world.call('run-1', { ...world.hosts, git: blind }, store);

  world.runs.push({ record: older, result });
  expect((await breachesIn(world)).map((breach) => breach.split(':')[0])).toEqual(['I6']);
});

test('a fault before or after any call of either host loses nothing, and the next call of the run completes it', async () => {
  await open('a repository on disk');
  const calls = await countCalls(await plan('run-counted'));

  expect(calls).toEqual(expect.arrayContaining(['valuesGit.head', 'git.head', 'git.isAncestor', 'valuesGit.commit']));
  for (const when of ['before', 'after'] as const) {
    for (let nth = 1; nth <= calls.length; nth += 1) {
      const record = await plan(`run-${when}-${nth}`);
      const { failed, result } = await withFault(record, nth, when);
      world.runs.push({ record, result });
      // An answer that is lost after the commit is found by the step itself.
      expect([record.run, failed]).toEqual([record.run, calls[nth - 1] !== 'valuesGit.commit' || when === 'before']);
      expect(result).toMatchObject({ superseded: [], commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
    }
  }
  expect(await breachesIn(world)).toEqual([]);
  expect(sourcesOfRuns()).toEqual(world.runs.map(({ record: { run, commit } }) => [run, commit]));
});

/** A push of a new commit of the monorepo, planned at the values branch as it is now. */
async function plan(run: string): Promise<ReleaseRecord> {
  const commit = world.sources.commit(`change auth for ${run}`, { 'auth/main.py': run });
  const valuesCommit = (await world.foreign.head('main')) ?? '';
  return { ...pushOf(run, commit, `v1.1.0-${run}`, ['auth', 'ngui']), valuesCommit };
}

/** Plays a run and returns its calls, in their order. */
async function countCalls(record: ReleaseRecord): Promise<readonly string[]> {
  const calls: string[] = [];
  const store = await world.release(record);
  const result = await world.call(
    record.run,
    around((name, when) => (when === 'before' ? calls.push(name) : undefined)),
    store,
  );
  world.runs.push({ record, result });
  return calls;
}

/** Calls the step with a fault at the nth call, then a person commits, and then the step is called again. */
async function withFault(
  record: ReleaseRecord,
  nth: number,
  when: 'before' | 'after',
): Promise<{ readonly failed: boolean; readonly result: CommitResult }> {
  const store = await world.release(record);
  const count = { before: 0, after: 0 };
  const fault = (_: string, at: 'before' | 'after') => {
    count[at] += 1;
    if (at === when && count[at] === nth) throw new Error('the connection was reset');
  };
  const failed = await world.call(record.run, around(fault), store).then(
    () => false,
    () => true,
  );
  await world.commitForeign(`readme of ${record.run}`, async () => ({ 'README.md': record.run }));
  return { failed, result: await world.call(record.run, world.hosts, store) };
}

/** Returns the hosts with something that happens around each of their calls. */
function around(happens: (name: string, when: 'before' | 'after') => unknown): TwoHosts {
  const wrap = (host: GitHost, name: string) => {
    const calls = Object.entries(host).map(([method, call]) => [
      method,
      async (...args: unknown[]) => {
        happens(`${name}.${method}`, 'before');
        const result = await (call as (...given: unknown[]) => Promise<unknown>)(...args);
        happens(`${name}.${method}`, 'after');
        return result;
      },
    ]);
    return Object.fromEntries(calls) as GitHost;
  };
  return { git: wrap(world.hosts.git, 'git'), valuesGit: wrap(world.hosts.valuesGit, 'valuesGit') };
}

/** Returns each run of the values branch with its source, which must be a commit of the monorepo and none of the values repository. */
function sourcesOfRuns(): readonly (readonly [string, string])[] {
  const log = world.repository.git('log', '--reverse', '--format=%B%x00', 'main').split('\0');
  const has = (repository: { git(...args: string[]): string }, commit: string) =>
    repository.git('rev-list', 'main').split('\n').includes(commit);
  return log.flatMap((message) => {
    const { run, source = '' } = readTrailers(message.trim()) ?? {};
    if (run === undefined || run === 'run-first') return [];
    return has(world.sources.repository, source) && !has(world.repository, source) ? [[run, source] as const] : [];
  });
}
