/** The record of times: what it keeps, what it survives, and how a run is compared with its estimate. */
import type { RecordedJob, RecordedRun, RunEstimate } from '../../../core/contract/estimate';
import { accuracyOf, holds } from '../../../core/estimate/accuracy';
import { NO_TIMES } from '../../../core/estimate/recorded-jobs';
import { addRun, parseTimes, recordedRun, runTiming } from '../../../core/estimate/recorded-times';

const job = (name: string, at: number, build = 60): RecordedJob => ({
  name,
  machine: 'x86_64 medium',
  parts: { queue: 1, build },
  submittedAt: at,
  endedAt: at + 1000 * (1 + build),
});

const run = (name: string, at: number, real = 100): RecordedRun => ({
  run: name,
  at,
  low: 80,
  likely: 100,
  high: 120,
  model: { low: 80, likely: 100, high: 120 },
  basis: 'records',
  real,
});

const estimateOf = (...names: readonly string[]): RunEstimate => ({
  low: 50,
  likely: 60,
  high: 70,
  model: { low: 55, likely: 60, high: 65 },
  basis: 'catalog',
  jobs: names.map((name) => ({ name, low: 50, likely: 60, high: 70, records: 0 })),
  parts: {} as RunEstimate['parts'],
  notes: [],
});

describe('the record of times', () => {
  test('is read back as it was written', () => {
    const times = addRun(NO_TIMES, { run: 'r', jobs: [job('a', 1000)], recorded: run('r', 5) });

    expect(parseTimes(JSON.stringify(times))).toEqual({ times });
  });

  test.each([
    ['cut', '{"schema":1,"jobs":[{"name'],
    ['of another schema', JSON.stringify({ schema: 2, jobs: [], runs: [] })],
    ['with a time below zero', JSON.stringify({ ...NO_TIMES, jobs: [{ ...job('a', 1), parts: { build: -1 } }] })],
    ['with a run of no time', JSON.stringify({ ...NO_TIMES, runs: [{ ...run('r', 1), real: 0 }] })],
  ])('that is %s counts as empty, and says so', (_, text) => {
    expect(parseTimes(text)).toEqual({
      times: NO_TIMES,
      problem: 'times.json with the recorded times is damaged and not used; the next run replaces it',
    });
  });

  test('that does not exist yet is empty, without a problem', () => {
    expect(parseTimes(undefined)).toEqual({ times: NO_TIMES });
  });

  test('keeps the newest ten builds of each service on each machine', () => {
    const jobs = Array.from({ length: 30 }, (_, index) => job('a', index * 1e6));
    const large = { ...job('a', 0), machine: 'x86_64 large' };
    const kept = addRun({ ...NO_TIMES, jobs: [...jobs, large] }, { run: 'r', jobs: [job('b', 0), job('a', 1e9)] }).jobs;

    const of = (name: string, machine = 'x86_64 medium') =>
      kept.filter((each) => each.name === name && each.machine === machine).map(({ submittedAt }) => submittedAt);
    expect(of('a')).toEqual([1e9, ...[29, 28, 27, 26, 25, 24, 23, 22, 21].map((index) => index * 1e6)]);
    expect([of('a', 'x86_64 large'), of('b')]).toEqual([[0], [0]]);
  });

  test('keeps what builds used, and reads records of versions that did not measure it', () => {
    const used = { ...job('a', 1000), usage: { memory: 3e8, cpu: 41.3 } };
    const times = addRun({ ...NO_TIMES, jobs: [job('b', 0)] }, { run: 'r', jobs: [used] });

    expect(parseTimes(JSON.stringify(times)).times.jobs).toEqual([used, job('b', 0)]);
  });

  test('keeps the newest build of each service that had too little memory', () => {
    const short = (name: string, at: number) => ({ name, machine: 'x86_64 small', at });
    const first = addRun(NO_TIMES, { run: 'r', jobs: [], shortages: [short('a', 5), short('b', 6)] });
    const second = addRun(first, { run: 's', jobs: [job('a', 1000)], shortages: [short('a', 9)] });

    expect(second.shortages).toEqual([short('a', 9), short('b', 6)]);
    expect(parseTimes(JSON.stringify(second))).toEqual({ times: second });
  });

  test('has a job and a run once, however often its report is written', () => {
    const added = { run: 'r', jobs: [job('a', 1000)], recorded: run('r', 5) };
    const once = addRun(NO_TIMES, added);

    expect(addRun(once, added)).toEqual(once);
  });
});

describe('the timing of a run', () => {
  test('is from the first submission to the last end, with the jobs furthest from their estimate first', () => {
    const jobs = [job('a', 10_000, 59), job('b', 12_000, 300), job('c', 0, 40)];
    const timing = runTiming(estimateOf('a', 'b', 'c'), jobs);

    expect(timing).toMatchObject({ estimated: { low: 50, likely: 60, high: 70 }, real: 313 });
    expect(timing?.worst.map(({ name, real }) => [name, real])).toEqual([
      ['b', 301],
      ['c', 41],
      ['a', 60],
    ]);
  });

  test('is recorded with the range before its correction, unless it took no time', () => {
    const timing = { estimated: { low: 50, likely: 60, high: 70 }, real: 61, worst: [] };

    expect(recordedRun('r', 7, estimateOf('a'), timing)).toEqual({
      run: 'r',
      at: 7,
      low: 50,
      likely: 60,
      high: 70,
      model: { low: 55, likely: 60, high: 65 },
      basis: 'catalog',
      real: 61,
    });
    expect(recordedRun('r', 7, estimateOf('a'), { ...timing, real: 0 })).toBeUndefined();
  });
});

describe('the accuracy of estimates', () => {
  test('counts runs inside, faster and slower, and names the worst first', () => {
    const runs = [run('in', 1), run('fast', 2, 40), run('slow', 3, 300), run('edge', 4, 120)];

    expect(accuracyOf(runs)).toMatchObject({ runs: 4, inside: 2, below: 1, above: 1, coverage: 0.5, medianWidth: 1.5 });
    expect(accuracyOf(runs).worst.map((each) => each.run)).toEqual(['slow', 'fast', 'edge', 'in']);
  });

  test('of no run is unknown, and wrong in neither way', () => {
    expect(accuracyOf([])).toMatchObject({ runs: 0, coverage: null, medianError: null });
    expect(holds(accuracyOf([]))).toBe(true);
  });
});
