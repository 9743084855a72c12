/** The range of a run holds in 8 of 10 runs, neither less nor more, whatever the account is like. */
import type { RecordedJob, RecordedRun } from '../../../core/contract/estimate';
import { accuracyOf, holds, rangeText } from '../../../core/estimate/accuracy';
import { NO_TIMES } from '../../../core/estimate/recorded-jobs';
import { estimateRun } from '../../../core/estimate/run-range';
import { type DrawnAccount, drawRuns } from './drawn-runs';

const STEADY: DrawnAccount = { seed: 1, services: 8, spread: 0.25, sharedSpread: 0, wrong: 1.5 };

const realRuns = (account: DrawnAccount): readonly RecordedRun[] =>
  drawRuns(account, 100).map(({ recorded }) => recorded);

/** Returns the runs with ranges that are this many times as wide, on a logarithmic scale. */
function stretched(runs: readonly RecordedRun[], factor: number): readonly RecordedRun[] {
  return runs.map((run) => ({
    ...run,
    low: run.likely * (run.low / run.likely) ** factor,
    high: run.likely * (run.high / run.likely) ** factor,
  }));
}

describe('the range of a run', () => {
  test.each([
    ['jobs that do not depend on each other', STEADY],
    ['a catalog that is wrong by a factor of up to three', { ...STEADY, seed: 2, spread: 0.5, wrong: 3 }],
    ['slow days, on which all jobs of a run are slow', { ...STEADY, seed: 3, sharedSpread: 0.25 }],
    ['jobs that nearly always take the same time', { ...STEADY, seed: 4, spread: 0.03, wrong: 1.3 }],
  ])('holds for %s', (_, account) => {
    const accuracy = accuracyOf(realRuns(account));

    expect(accuracy.byChance?.map((share) => share.toFixed(2))).toEqual(['0.72', '0.88']);
    expect({ coverage: accuracy.coverage, holds: holds(accuracy) }).toMatchObject({ holds: true });
  });

  test('is found out if it is too narrow or too wide', () => {
    const runs = realRuns(STEADY);
    const of = (factor: number) => accuracyOf(stretched(runs, factor));

    expect([0.5, 1, 2].map((factor) => holds(of(factor)))).toEqual([false, true, false]);
    expect(of(0.5).coverage).toBeLessThan(0.72);
    expect(of(2).coverage).toBeGreaterThan(0.88);
  });

  test('gets narrower as builds are recorded', () => {
    const widths = realRuns({ ...STEADY, spread: 0.05, wrong: 2 }).map(({ low, high }) => high / low);
    const middle = (some: readonly number[]) => [...some].sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;

    expect(middle(widths.slice(-40))).toBeLessThan(middle(widths.slice(4, 44)));
  });
});

const stages = [{ name: 'apps', title: '', needs: [] }];
const job = (name: string, minutes = 10) => ({ name, stage: 'apps', minutes, priority: 2 });
const recorded = (name: string, build: number, at: number, machine = 'x86_64 medium'): RecordedJob => ({
  name,
  machine,
  parts: { queue: 1, provisioning: 10, source: 5, login: 4, build },
  submittedAt: at,
  endedAt: at + 1000 * (20 + build),
});
const nine = (name: string, machine?: string) =>
  Array.from({ length: 9 }, (_, index) => recorded(name, 100 + 10 * index, index, machine));

describe('the times behind a range', () => {
  test('are the catalog’s without a record, and a note says so', () => {
    const { low, likely, high, notes, jobs } = estimateRun({ jobs: [job('a')], stages, stageConcurrency: 1 }, NO_TIMES);

    expect(likely).toBeGreaterThan(540);
    expect(likely).toBeLessThan(660);
    expect(low).toBeLessThan(0.85 * likely);
    expect(high).toBeGreaterThan(1.2 * likely);
    expect(jobs[0]?.records).toBe(0);
    expect(notes).toEqual([
      "1 of 1 jobs have fewer than 9 recorded builds, so their range is that of the catalog's minutes",
    ]);
  });

  test('are the least and the greatest of nine records of the service on its machine', () => {
    const times = { ...NO_TIMES, jobs: nine('a') };
    const { jobs, notes } = estimateRun({ jobs: [job('a')], stages, stageConcurrency: 1 }, times);

    expect(jobs).toMatchObject([{ name: 'a', low: 120, high: 200, records: 9 }]);
    expect(notes).toEqual([]);
  });

  test('are not taken from builds on a machine of another size', () => {
    const times = { ...NO_TIMES, jobs: nine('a', 'x86_64 large') };

    expect(estimateRun({ jobs: [job('a')], stages, stageConcurrency: 1 }, times).jobs[0]).toMatchObject({ records: 0 });
  });

  test('of queue and machine come from all services, for one that was never built, too', () => {
    const times = { ...NO_TIMES, jobs: nine('a').map((each) => ({ ...each, parts: { ...each.parts, queue: 1200 } })) };
    const { jobs, parts } = estimateRun({ jobs: [job('new', 1)], stages, stageConcurrency: 1 }, times);

    expect(jobs[0]?.low).toBeGreaterThan(1200);
    expect(parts.queue).toEqual({ seconds: 1200, isRecorded: true });
    expect(parts.push).toEqual({ seconds: 0, isRecorded: false });
  });

  test('are the same for the same run, and say why records are not used', () => {
    const shape = { jobs: [job('a'), job('b', 3)], stages, stageConcurrency: 2 };

    expect(estimateRun(shape, NO_TIMES)).toEqual(estimateRun(shape, NO_TIMES));
    expect(estimateRun(shape, NO_TIMES, 'times.json is damaged').notes[0]).toBe('times.json is damaged');
  });

  test('have the machine once for jobs that share one, and their builds side by side', () => {
    const times = { ...NO_TIMES, jobs: ['a', 'b', 'c'].flatMap((name) => nine(name)) };
    const jobs = ['a', 'b', 'c'].map((name) => job(name));
    const shape = { jobs, stages, stageConcurrency: 1, builders: 1 };
    const alone = estimateRun(shape, times);
    const together = estimateRun({ ...shape, machines: [['a', 'b', 'c']] }, times);

    // About three machines of 20 s and builds of 140 s; one machine, and 0.76 of the builds.
    expect(alone.likely).toBeGreaterThan(450);
    expect(alone.likely).toBeLessThan(510);
    expect(together.likely).toBeGreaterThan(310);
    expect(together.likely).toBeLessThan(370);
    expect(together.jobs).toEqual(alone.jobs);
  });

  test('are in whole units for people', () => {
    expect([
      rangeText({ low: 250, high: 420 }),
      rangeText({ low: 19.5, high: 35 }),
      rangeText({ low: 61, high: 119 }),
      rangeText({ low: 120, high: 120 }),
    ]).toEqual(['4 to 7 min', '19 to 35 s', '61 to 119 s', '2 min']);
  });
});
