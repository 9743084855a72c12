/** Eight runs at once that commit by pull requests to one values branch, while people and other runs change it. */
import { breachesIn } from '../../support/races/commit-invariants';
import { type ProposingWorld, proposing } from '../../support/races/pull-request-runs';
import { mulberry32, playSchedule } from '../../support/races/race-schedule';
import { makeRaceWorld, type RaceWorld } from '../../support/races/race-world';

let world: RaceWorld;
let proposals: ProposingWorld;

afterEach(async () => {
  await proposals.stop();
  await world.stop();
});

test.each([1, 2])(
  'all end, and the history of the branch keeps all invariants (schedule %i)',
  async (seed) => {
    world = await makeRaceWorld('a repository on disk');
    proposals = await proposing(world, mulberry32(seed));

    await playSchedule(proposals, seed);

    expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
    expect(await breachesIn(proposals)).toEqual([]);
    const states = proposals.pulls.all.map(({ state }) => state);
    expect(states).not.toContain('open');
    expect(states).toEqual(expect.arrayContaining(['merged', 'closed']));
    expect(proposals.repeated()).toBeGreaterThan(0);
    expect(proposals.mergedByHand()).toBeGreaterThan(0);
    // Every commit of a run on the branch came by a pull request.
    const commits = world.runs.slice(1).flatMap(({ result }) => result?.commit ?? []);
    expect(commits.sort()).toEqual(proposals.pulls.all.flatMap(({ mergeCommit }) => mergeCommit ?? []).sort());
  },
  120_000,
);
