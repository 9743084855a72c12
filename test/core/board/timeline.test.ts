import fc from 'fast-check';
import { layOutTimeline, type RunMoment, recordTimeline } from '../../../core/board/timeline';
import { runs } from '../../support/property-runs';

const entered = (state: string, at: number, data?: unknown): RunMoment => ({
  kind: 'entered',
  state,
  isTop: data === undefined,
  at,
  data,
});
const left = (state: string, at: number, data?: unknown): RunMoment => ({
  kind: 'left',
  state,
  isTop: data === undefined,
  at,
  data,
});
const BUILD = 'Build image (apps)';

function timelineOf(moments: readonly RunMoment[]) {
  const recorder = recordTimeline('run-1', 0);
  for (const moment of moments) recorder.add(moment);
  return recorder.timeline();
}

describe('a timeline is recorded', () => {
  test('steps have their times, and states that only shape data are left out', () => {
    const { steps } = timelineOf([
      entered('Read the input', 0),
      left('Read the input', 1),
      entered('Plan the run', 1),
      left('Plan the run', 5),
      entered('Build images', 5),
    ]);
    expect(steps).toEqual([
      { name: 'Plan the run', startedAt: 1, endedAt: 5 },
      { name: 'Build images', startedAt: 5 },
    ]);
  });

  test('a job waits from its state to its machine, and ends with its machine', () => {
    const { jobs } = timelineOf([
      entered(BUILD, 10, { service: 'auth' }),
      { kind: 'building', job: 'auth', at: 14 },
      { kind: 'ended', job: 'auth', at: 20, isFailed: false },
      left(BUILD, 21, { service: 'auth' }),
    ]);
    expect(jobs).toEqual([{ name: 'auth', queuedAt: 10, startedAt: 14, endedAt: 20 }]);
  });

  test('the machine may tell of a job before the state machine does', () => {
    const { jobs } = timelineOf([
      { kind: 'building', job: 'auth', at: 14 },
      { kind: 'ended', job: 'auth', at: 20, isFailed: true },
      entered(BUILD, 10, { service: 'auth' }),
    ]);
    expect(jobs).toEqual([{ name: 'auth', queuedAt: 10, startedAt: 14, endedAt: 20, isFailed: true }]);
  });

  test('images that share a machine wait and end with it, until one is built alone', () => {
    const shared = 'Build images together (apps)';
    const images = [{ service: 'auth' }, { service: 'ngui' }];
    const { jobs } = timelineOf([
      entered(shared, 10, { images }),
      left(shared, 20, { images }),
      entered(BUILD, 25, { service: 'ngui' }),
      left(BUILD, 30, { service: 'ngui', error: {} }),
    ]);
    expect(jobs).toEqual([
      { name: 'auth', queuedAt: 10, endedAt: 20 },
      { name: 'ngui', queuedAt: 25, endedAt: 30, isFailed: true },
    ]);
  });

  test('a second attempt replaces the first', () => {
    const { jobs } = timelineOf([
      entered(BUILD, 1, { service: 'auth' }),
      { kind: 'building', job: 'auth', at: 2 },
      { kind: 'ended', job: 'auth', at: 3, isFailed: true },
      entered(BUILD, 4, { service: 'auth' }),
      { kind: 'building', job: 'auth', at: 6 },
    ]);
    expect(jobs).toEqual([{ name: 'auth', queuedAt: 4, startedAt: 6 }]);
  });

  test('a module has the name of its outcome, and an error in the output is a failure', () => {
    const { jobs } = timelineOf([
      entered('Build module (base modules)', 1, { service: 'module/api', module: 'api' }),
      left('Build module (base modules)', 2, { service: 'module/api', module: 'api', error: {} }),
    ]);
    expect(jobs).toEqual([{ name: 'module/api', queuedAt: 1, endedAt: 2, isFailed: true }]);
  });

  test('the run has ended when it is reported', () => {
    const open = [entered('Report the run', 8)];
    expect(timelineOf(open).endedAt).toBeUndefined();
    expect(timelineOf([...open, left('Report the run', 9)]).endedAt).toBe(9);
  });
});

describe('a timeline is laid out', () => {
  const job = (name: string, queuedAt: number, startedAt: number, endedAt: number) => ({
    name,
    queuedAt,
    startedAt,
    endedAt,
  });
  const timeline = {
    schema: 1 as const,
    run: 'run-1',
    startedAt: 0,
    endedAt: 1000,
    steps: [],
    jobs: [job('base', 0, 100, 400), job('quick', 400, 400, 500), job('slow', 400, 500, 900)],
  };
  const stageOf = (name: string) => (name === 'base' ? 'first' : 'second');

  test('bars are thousandths of the whole time, the wait apart from the work', () => {
    const { jobs } = layOutTimeline(timeline, 5000, stageOf);
    expect(jobs[2]?.parts).toEqual([
      { kind: 'waiting', from: 400, to: 500 },
      { kind: 'working', from: 500, to: 900 },
    ]);
    expect(jobs[2]).toMatchObject({ seconds: 0.4, waitSeconds: 0.1, isOpen: false });
  });

  test('the critical path is the last job of each stage that others waited for', () => {
    const { jobs } = layOutTimeline(timeline, 5000, stageOf);
    expect(jobs.filter(({ isCritical }) => isCritical).map(({ name }) => name)).toEqual(['base', 'slow']);
  });

  test('a job that has not ended lasts until now', () => {
    const { endedAt: _, ...open } = timeline;
    const { jobs } = layOutTimeline({ ...open, jobs: [{ name: 'auth', queuedAt: 0, startedAt: 0 }] }, 2000, stageOf);
    expect(jobs[0]).toMatchObject({ seconds: 2, isOpen: true, parts: [{ from: 0, to: 1000 }] });
  });

  test('no bar leaves the chart, whatever times are recorded', () => {
    const time = fc.integer({ min: -5000, max: 5000 });
    const jobs = fc.array(
      fc.record(
        { name: fc.string(), queuedAt: time, startedAt: time, endedAt: time },
        { requiredKeys: ['name', 'queuedAt'] },
      ),
    );
    fc.assert(
      fc.property(jobs, time, (found, now) => {
        const chart = layOutTimeline({ ...timeline, jobs: found as never }, now, () => undefined);
        for (const { parts } of chart.jobs) {
          for (const { from, to } of parts) {
            expect(from).toBeGreaterThanOrEqual(0);
            expect(Math.max(from, to)).toBeLessThanOrEqual(1000);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
