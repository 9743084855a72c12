/** Releases into three values files of two charts, by many runs at once and with a fault at every step: each is one commit, whole or not there. */
import type { ReleaseRecord } from '../../../../core/contract/release';
import type { GitHost } from '../../../../core/ports/git';
import { eachTest } from '../../../support/each-test';
import { breachesIn } from '../../../support/races/commit-invariants';
import { proposing } from '../../../support/races/pull-request-runs';
import { mulberry32, playSchedule } from '../../../support/races/race-schedule';
import { FILES, makeRaceWorld, pushOf, releaseOf, SERVICES } from '../../../support/races/race-world';

const world = eachTest(
  () => makeRaceWorld('a repository on disk', 'three files of two charts'),
  (world) => world.stop(),
);

test.each([1, 2])('eight runs at once keep all invariants of the history (schedule %i)', async (seed) => {
  const tries = await playSchedule(world, seed);

  expect(tries).toContainEqual(expect.objectContaining({ isMoved: true }));
  expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
  expect(await breachesIn(world)).toEqual([]);
});

test('eight runs at once by pull requests keep all invariants', async () => {
  const proposals = await proposing(world, 'GitHub', mulberry32(1));
  try {
    await playSchedule(proposals, 1);

    expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
    expect(await breachesIn(proposals)).toEqual([]);
    expect(proposals.pulls.all.map(({ state }) => state)).not.toContain('open');
  } finally {
    await proposals.stop();
  }
}, 240_000);

test('the check of a history finds a host that leaves one values file out', async () => {
  const half: GitHost = {
    ...world.host,
    commit: (proposal) =>
      world.host.commit({ ...proposal, files: proposal.files.filter(({ path }) => path !== 'front/values.yaml') }),
  };

  await world.play(releaseOf('run-1', head(), 'v1.1.0'), half);

  expect((await breachesIn(world)).map((breach) => breach.split(/[: ]/)[0])).toContain('I10');
});

describe('with a fault at every call of the git host', () => {
  const fails = [
    ['before it takes effect', 'before'],
    ['after it took effect', 'after'],
  ] as const;

  test.each(fails)('%s, a release is whole or not there, and the next try makes it whole', async (_, when) => {
    for (let call = 0; call < MAX_CALLS; call += 1) {
      const record = releaseOf(`run-${call}`, head(), `v1.${call + 1}.0`);
      const before = head();
      const { host, calls } = failingAt(call, when);
      await world.play(record, host);
      const after = head();
      expect([0, filesOfRelease.length]).toContain(changedFiles(before, after).length);
      if (calls() <= call) {
        // No call was left to fail.
        expect(call).toBeGreaterThan(FEWEST_CALLS);
        expect(await breachesIn(world)).toEqual([]);
        return;
      }
      await again(record);
      expect(changedFiles(before, head())).toEqual(filesOfRelease);
      expect(commitsOf(record)).toHaveLength(1);
    }
    throw new Error('the step makes more calls than expected');
  });

  test('a release of some services writes only the files that have them', async () => {
    const before = head();

    await world.play(pushOf('run-1', before, 'v1.1.0-dev', ['auth', 'restapi']));

    expect(changedFiles(before, head())).toEqual([FILES.images, FILES.values, FILES.lock, 'front/values.yaml'].sort());
    expect(await breachesIn(world)).toEqual([]);
  });
});

const MAX_CALLS = 20;
/** Head, files, ancestry and commit at the least. */
const FEWEST_CALLS = 3;
const filesOfRelease = [
  FILES.images,
  FILES.lock,
  FILES.values,
  'chart/charts/data/values.yaml',
  'front/values.yaml',
].sort();

/** Returns the host with one call that fails: the nth from 0. */
function failingAt(nth: number, when: 'before' | 'after') {
  let made = 0;
  const methods = Object.entries(world.host).map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      const isMeant = made === nth;
      made += 1;
      if (isMeant && when === 'before') throw new Error('connection reset');
      const result = await (method as (...given: unknown[]) => Promise<unknown>)(...args);
      if (isMeant) throw new Error('connection reset');
      return result;
    },
  ]);
  return { host: Object.fromEntries(methods) as GitHost, calls: () => made };
}

/** The same run again, as a redrive starts it. */
async function again(record: ReleaseRecord): Promise<void> {
  const { error, result } = await world.play(record);
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ commit: head(), superseded: [] });
  expect(record.services).toHaveLength(SERVICES.length);
  world.runs.splice(
    world.runs.findIndex(({ record: each }) => each.run === record.run),
    1,
  );
}

function head(): string {
  return world.repository.git('rev-parse', 'main');
}

function commitsOf({ run }: ReleaseRecord): readonly string[] {
  return world.repository.git('log', '--format=%H', `--grep=^Run-Id: ${run}$`, 'main').split('\n').filter(Boolean);
}

function changedFiles(before: string, after: string): readonly string[] {
  return world.repository.git('diff', '--name-only', before, after).split('\n').filter(Boolean).sort();
}
