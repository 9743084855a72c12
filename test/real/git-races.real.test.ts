/**
 * A hundred seeded schedules (or RACE_SCHEDULES of them) of eight runs and some people on one values branch of a real git server, and
 * some on the other git hosts.
 */
import { UPSETS, type Upset } from '../support/races/branch-upsets';
import { playSchedule } from '../support/races/race-schedule';
import { verdictOf } from '../support/races/race-verdict';
import { type HostKind, makeRaceWorld } from '../support/races/race-world';

/** Schedules that are played at a time; a part of each is waiting. */
const AT_ONCE = 8;
const BLOCK = 20;

/** The result of one schedule. */
interface Played {
  readonly seed: number;
  /** True if a run found that the branch had moved under its commit. */
  readonly hasMoved: boolean;
  readonly hasSuperseded: boolean;
  readonly wrong: readonly string[];
}

async function play(kind: HostKind, seed: number): Promise<Played> {
  const upset = upsetOf(kind, seed);
  const world = await makeRaceWorld(kind);
  try {
    const tries = await playSchedule(world, seed, upset);
    const wrong = await verdictOf(world, tries, upset);
    const hasSuperseded = world.runs.some(({ result }) => (result?.superseded.length ?? 0) > 0);
    return { seed, hasMoved: tries.some(({ isMoved }) => isMoved), hasSuperseded, wrong };
  } finally {
    await world.stop();
  }
}

/** In three of ten schedules on the real server somebody takes the branch back, deletes or protects it. */
function upsetOf(kind: HostKind, seed: number): Upset | undefined {
  return kind === 'git http-backend' ? UPSETS[seed % 10] : undefined;
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

function seeds(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The schedules on the real server, some at a time, so that none of the tests takes minutes. */
function blocks(schedules: number): [HostKind, number, number][] {
  return Array.from({ length: Math.ceil(schedules / BLOCK) }, (_, index) => [
    'git http-backend',
    index * BLOCK + 1,
    Math.min(schedules, (index + 1) * BLOCK),
  ]);
}

test.each<[HostKind, number, number]>([
  ...blocks(Number(process.env.RACE_SCHEDULES ?? 100)),
  ['a repository on disk', 101, 104],
  ['GitHub', 105, 108],
  ['Bitbucket Cloud', 109, 112],
  ['Azure DevOps', 113, 116],
])('on %s everything holds in the schedules %i to %i', async (kind, from, to) => {
  const played = await playAll(kind, seeds(from, to));

  expect(played.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  // Schedules in which nothing met would prove nothing.
  expect(played.filter(({ hasMoved }) => hasMoved).length).toBeGreaterThan(played.length / 2);
  expect(played.filter(({ hasSuperseded }) => hasSuperseded).length).toBeGreaterThan(0);
});
