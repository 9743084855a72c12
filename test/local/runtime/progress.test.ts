/** The progress of a run: a failed build is not a built one. */
import { followProgress, type Progress, progressText } from '../../../local/runtime/progress';

test('the progress counts built and failed jobs apart, and a second attempt once', () => {
  const told: Progress[] = [];
  const follower = followProgress((progress) => told.push(progress));
  follower.planned(3);
  for (const job of ['auth', 'etcd', 'restapi']) follower.started(job);
  follower.finished('etcd', true);
  follower.finished('restapi', false);

  expect(told.at(-1)).toMatchObject({ total: 3, built: 1, failed: ['restapi'], running: ['auth'] });
  expect(told.map(progressText).at(-1)).toBe('built 1 of 3, 1 failed (restapi)');

  follower.started('restapi');
  expect(told.at(-1)).toMatchObject({ failed: [], running: ['auth', 'restapi'] });
  follower.finished('restapi', true);
  follower.finished('auth', false);
  expect(told.map(progressText).at(-1)).toBe('built 2 of 3, 1 failed (auth)');
});
