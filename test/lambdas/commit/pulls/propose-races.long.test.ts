/** Eight runs at once that commit by pull requests to one values branch, while people and other runs change it. */
import { breachesIn } from '../../../support/races/commit-invariants';
import { mergedUnseen, type ProposingWorld, proposing } from '../../../support/races/pull-request-runs';
import { mulberry32, playSchedule } from '../../../support/races/race-schedule';
import { makeRaceWorld, type RaceWorld } from '../../../support/races/race-world';

let world: RaceWorld;
let proposals: ProposingWorld;

afterEach(async () => {
  await proposals.stop();
  await world.stop();
});

test.each([
  ['GitHub', 1],
  ['GitHub', 2],
  ['Bitbucket Cloud', 2],
  ['Azure DevOps', 1],
] as const)(
  'on %s all end, and the history of the branch keeps all invariants (schedule %i)',
  async (host, seed) => {
    world = await makeRaceWorld('a repository on disk');
    proposals = await proposing(world, host, mulberry32(seed));

    await playSchedule(proposals, seed);

    expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
    const unseen = mergedUnseen(proposals);
    const isOfUnseen = (breach: string) =>
      unseen.some((run) => new RegExp(`^(I7|I10|L4)\\b.*\\b${run}\\b`).test(breach));
    expect((await breachesIn(proposals)).filter((breach) => !isOfUnseen(breach))).toEqual([]);
    if (host === 'GitHub') expect(unseen).toEqual([]);
    const states = proposals.pulls.all.map(({ state }) => state);
    expect(states).not.toContain('open');
    expect(states).toEqual(expect.arrayContaining(['merged', 'closed']));
    expect(proposals.repeated()).toBeGreaterThan(0);
    expect(proposals.mergedByHand()).toBeGreaterThan(0);
    // Every commit of a run on the branch came by a pull request.
    const commits = world.runs.slice(1).flatMap(({ result }) => result?.commit ?? []);
    const merges = proposals.pulls.all.flatMap(({ mergeCommit }) => mergeCommit ?? []);
    expect(merges).toEqual(expect.arrayContaining(commits));
    if (unseen.length === 0) expect(merges).toHaveLength(commits.length);
  },
  120_000,
);
