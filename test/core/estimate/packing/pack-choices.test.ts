/** The packing that is chosen, by examples that can be computed by hand. A machine takes 22 s once, and a build of a minute the other 40 s at least. */
import type { EstimatedJob } from '../../../../core/estimate/job-range';
import { estimatePacked } from '../../../../core/estimate/packing/estimate-packed';
import { machineTimes } from '../../../../core/estimate/packing/machine-times';
import { packJobs, packOf } from '../../../../core/estimate/packing/pack-jobs';

const STAGE = { name: 'apps', title: 'Apps', needs: [] };
const OTHER = { name: 'other', title: 'Other', needs: [] };
const SHAPE = { stages: [STAGE, OTHER], stageConcurrency: 1000 };

function job(name: string, minutes: number, parts: Partial<EstimatedJob> = {}): EstimatedJob {
  return { name, stage: 'apps', minutes, priority: 1, group: '', ...parts };
}

const jobs = (...minutes: readonly number[]) => minutes.map((each, at) => job(`j${at}`, each));

const equal = (count: number, minutes: number) => jobs(...Array.from({ length: count }, () => minutes));

/** Returns the minutes of the jobs of each machine. */
function packed(all: readonly EstimatedJob[], builders: number): readonly (readonly number[])[] {
  const packs = packJobs({ ...SHAPE, jobs: all, builders });
  return packs.map((pack) => pack.jobs.map(({ minutes }) => minutes)).sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0));
}

describe('the time of a machine', () => {
  test('is that of the job if it builds one image', () => {
    expect(machineTimes([0.5])).toEqual({ minutes: 0.5, mostMinutes: 0.5 });
  });

  test('has provisioning once, and two builds at a time gain a quarter', () => {
    const { minutes, mostMinutes } = machineTimes([4, 4, 4]);
    expect(mostMinutes).toBeCloseTo((22 + 3 * 218) / 60);
    expect(minutes).toBeCloseTo((22 + 0.76 * 3 * 218) / 60);
  });

  test('is never shorter than its longest build', () => {
    const { minutes, mostMinutes } = machineTimes([20, 1]);
    expect(minutes).toBeCloseTo(20);
    expect(mostMinutes).toBeCloseTo(20 + 40 / 60);
  });
});

test('a machine has the name of its longest job, and is as urgent as the most urgent one', () => {
  const pack = packOf([job('b', 3, { priority: 0 }), job('late', 9, { priority: 2 }), job('a', 3, { priority: 1 })]);
  expect(pack).toMatchObject({ name: 'late', stage: 'apps', priority: 0 });
  expect(pack.jobs.map(({ name }) => name)).toEqual(['late', 'a', 'b']);
});

describe('the packing of a run', () => {
  test('gives the next longest job to the machine that has least to do', () => {
    expect(packed(jobs(5, 10, 4, 9), 2)).toEqual([
      [10, 4],
      [9, 5],
    ]);
  });

  test('saves machines if the run is not longer for it, and none if it is', () => {
    const long = job('long', 40, { stage: 'other', group: 'another' });
    expect(packed([long, ...equal(10, 1)], 20)).toEqual([[40], Array(10).fill(1)]);
    expect(packed(equal(10, 8), 20)).toEqual(Array(10).fill([8]));
  });

  test('takes the shortest run before the fewest machines', () => {
    const urgent = jobs(13, 5, 5, 5, 1).map((each) => ({ ...each, priority: 0 }));
    expect(packed([job('later', 17), ...urgent], 3)).toEqual([[17], [13, 1], [5, 5, 5]]);
  });

  test('has no machine with several images that takes more than an hour', () => {
    expect(packed(equal(7, 10), 1).map(({ length }) => length)).toEqual([4, 3]);
    expect(packed(jobs(90, 5, 5), 1)).toEqual([[90], [5, 5]]);
    expect(packed(equal(3, 40), 1)).toEqual([[40], [40], [40]]);
  });

  test('is searched less thoroughly for more than 500 jobs, because a plan must not wait for it', () => {
    expect(packed(equal(500, 1), 1)).toHaveLength(6);
    expect(packed(equal(501, 1), 1)).toHaveLength(7);
  });
});

describe('the bound of every packing', () => {
  const bound = (all: readonly EstimatedJob[], builders: number) =>
    estimatePacked({ ...SHAPE, jobs: all, builders }, 'us-east-1').lowerBound;

  test('is the longest chain of jobs if there are machines for all', () => {
    expect(bound(jobs(4, 7), 20)).toBe(7);
  });

  test('is all work without provisioning, and the whole job for one that may not share', () => {
    expect(bound(equal(10, 4), 1)).toBe(Math.ceil((10 * 0.76 * 218) / 60));
    const alone = equal(10, 4).map(({ group: _, ...each }) => each);
    expect(bound(alone, 1)).toBe(40);
    expect(bound(alone, 2)).toBe(20);
  });
});

test('a larger machine costs more', () => {
  const cost = (compute: 'medium' | 'large') =>
    estimatePacked(
      { ...SHAPE, builders: 1, jobs: [job('a', 10, { machine: { architecture: 'x86_64', compute } })] },
      'us-east-1',
    ).cost ?? 0;
  expect(cost('medium')).toBeGreaterThan(0);
  expect(cost('large')).toBeGreaterThan(cost('medium'));
});
