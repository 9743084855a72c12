/** A hundred seeded schedules of eight runs and some people on one values branch, on every git host that we have. */
import { breachesIn } from '../support/commit-invariants';
import { playSchedule } from '../support/race-schedule';
import { type HostKind, makeRaceWorld } from '../support/race-world';

/** Schedules that are played at a time; most of a schedule is waiting. */
const AT_ONCE = 2;

/** What a schedule came to. */
interface Played {
  readonly seed: number;
  readonly moved: number;
  readonly superseded: number;
  readonly wrong: readonly string[];
}

async function play(kind: HostKind, seed: number): Promise<Played> {
  const world = await makeRaceWorld(kind);
  try {
    const moved = await playSchedule(world, seed);
    const errors = world.runs.flatMap(({ record, error }) => (error === undefined ? [] : [`${record.run}: ${error}`]));
    const superseded = world.runs.filter(({ result }) => (result?.superseded.length ?? 0) > 0).length;
    return { seed, moved, superseded, wrong: [...errors, ...(await breachesIn(world))] };
  } finally {
    await world.stop();
  }
}

async function playAll(kind: HostKind, seeds: readonly number[]): Promise<readonly Played[]> {
  const left = [...seeds];
  const played: Played[] = [];
  const worker = async () => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) played.push(await play(kind, seed));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return played;
}

const tens = (from: number, to: number) =>
  Array.from({ length: (to - from + 1) / 10 }, (_, index) => from + index * 10);

describe.each<[HostKind, readonly number[]]>([
  ['a repository on disk', tens(1, 40)],
  ['GitHub', tens(41, 70)],
  ['git http-backend', tens(71, 100)],
])('on %s', (kind, starts) => {
  test.each(starts)('everything holds, schedule %i and the nine after it', async (start) => {
    const played = await playAll(
      kind,
      Array.from({ length: 10 }, (_, index) => start + index),
    );

    expect(played.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    // Ten schedules in which nothing met would prove nothing.
    expect(played.reduce((sum, { moved }) => sum + moved, 0)).toBeGreaterThan(10);
    expect(played.reduce((sum, { superseded }) => sum + superseded, 0)).toBeGreaterThan(0);
  });
});
