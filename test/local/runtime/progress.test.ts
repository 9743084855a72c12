/** The progress of a run: its steps, its jobs, and the time left. */
import {
  followProgress,
  jobEnded,
  jobNames,
  jobStarted,
  jobsPlanned,
  NO_PROGRESS,
  type Progress,
  plannedJobs,
  progressText,
  timeLeft,
} from '../../../local/runtime/progress';

const job = (name: string, weight = 10, stage = 'stable') => ({ name, stage, weight });

test('built and failed jobs are counted apart, and a second attempt once', () => {
  const seen: Progress[] = [];
  const follower = followProgress(
    (progress) => seen.push(progress),
    () => 0,
  );
  follower.planned(
    ['auth', 'etcd', 'restapi'].map((name) => job(name)),
    3,
  );
  for (const name of ['auth', 'etcd', 'restapi']) follower.started(name);
  follower.finished('etcd', true);
  follower.finished('restapi', false);

  expect(seen.map(progressText).at(-1)).toBe('built 1 of 3, 1 failed (restapi)');

  follower.started('restapi');
  expect(jobNames(seen.at(-1) ?? NO_PROGRESS, 'running')).toEqual(['auth', 'restapi']);
  follower.finished('restapi', true);
  follower.finished('auth', false);
  expect(seen.map(progressText).at(-1)).toBe('built 2 of 3, 1 failed (auth)');
});

test('a step ends when the next one begins, and the last one with the run', () => {
  let now = 0;
  let last = NO_PROGRESS;
  const follower = followProgress(
    (progress) => (last = progress),
    () => now,
  );
  follower.enter('Plan the run');
  now = 100;
  follower.enter('Build images');
  now = 250;
  follower.ended();

  expect(last.phases).toEqual([
    { name: 'Plan the run', since: 0, until: 100 },
    { name: 'Build images', since: 100, until: 250 },
  ]);
});

describe('the time left', () => {
  const planned = jobsPlanned(NO_PROGRESS, [job('a', 10), job('b', 30), job('c', 60)], 3);
  const afterA = jobEnded(jobStarted(planned, 'a', 1000), 'a', true, 2000);

  test('follows from the minutes of the builds that ended and the time that they took', () => {
    expect(timeLeft(afterA, 2000)).toBe(9000);
    expect(timeLeft(jobEnded(jobStarted(afterA, 'b', 1000), 'b', false, 3000), 3000)).toBe(3000);
  });

  test('is not known before a tenth of the work is done, nor if some jobs have no name', () => {
    expect(timeLeft(jobStarted(planned, 'a', 1000), 5000)).toBeUndefined();
    expect(timeLeft({ ...afterA, total: 4 }, 2000)).toBeUndefined();
  });
});

test('the jobs of a plan are listed by stage, modules before images', () => {
  const { jobs } = jobsPlanned(
    NO_PROGRESS,
    plannedJobs({
      stages: { stable: [{ service: 'etcd', timeoutMinutes: 9 }], critical: [{ service: 'auth', timeoutMinutes: 20 }] },
      modules: { critical: [{ service: 'module:one', timeoutMinutes: 5 }] },
    }),
    3,
  );

  expect(jobs.map(({ name, stage, weight }) => [name, stage, weight])).toEqual([
    ['etcd', 'stable', 9],
    ['module:one', 'critical', 5],
    ['auth', 'critical', 20],
  ]);
});

test('a job that the plan did not name is counted', () => {
  expect(jobStarted(NO_PROGRESS, 'auth', 0)).toMatchObject({ total: 1, jobs: [{ name: 'auth', state: 'running' }] });
});
