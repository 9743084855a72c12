/** A repository without any chart: runs give versions to images, and only the record of versions is committed. */

import { eachTest } from '../../../support/each-test';
import { breachesIn } from '../../../support/races/commit-invariants';
import { playSchedule } from '../../../support/races/race-schedule';
import { FILES, makeRaceWorld, pushOf, releaseOf } from '../../../support/races/race-world';

const world = eachTest(
  () => makeRaceWorld('a repository on disk', 'no file'),
  (world) => world.stop(),
);

const head = () => world.repository.git('rev-parse', 'main');
const changed = () => world.repository.git('show', '--name-only', '--format=', 'main').split('\n').sort();

test('a run commits the version lock and its table, and nothing the second time', async () => {
  const record = pushOf('run-1', head(), 'v1.1.0-dev', ['auth']);
  const { result } = await world.play(record);

  expect(result).toMatchObject({ commit: head(), superseded: [] });
  expect(changed()).toEqual([FILES.images, FILES.lock]);
  expect(world.repository.git('show', `main:${FILES.lock}`)).toMatch(/^auth: \{ version: "v1\.1\.0-dev"/m);

  const before = head();
  await world.play(releaseOf('run-2', before, 'v1.2.0'));
  const after = head();
  await world.play(releaseOf('run-2', before, 'v1.2.0'));
  expect(head()).toBe(after);
});

test.each([1, 2])('eight runs at once keep the record true (schedule %i)', async (seed) => {
  const tries = await playSchedule(world, seed);

  expect(tries).toContainEqual(expect.objectContaining({ isMoved: true }));
  expect(world.runs.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
  expect(await breachesIn(world)).toEqual([]);
});

test('a rollback takes the record back', async () => {
  await world.play(releaseOf('run-2', head(), 'v1.2.0'));
  const services = world.runs[0]?.record.services ?? [];
  await world.play({ ...releaseOf('run-3', head(), 'v1.0.0'), action: 'rollback', rollbackTo: 'v1.0.0', services });

  expect(world.repository.git('show', `main:${FILES.lock}`)).not.toContain('v1.2.0');
  expect(await breachesIn(world)).toEqual([]);
});
