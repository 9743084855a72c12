import { jobSource } from '../../../core/planning/job-source';

const stage = (maxConcurrency?: number) => ({
  name: 'apps',
  title: 'Apps',
  needs: [],
  ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
});

test.each([
  { maxConcurrency: 40, stages: [stage()], jobs: 250, source: 'state' },
  { maxConcurrency: 41, stages: [stage()], jobs: 1, source: 'store' },
  { maxConcurrency: 20, stages: [stage(), stage(60)], jobs: 1, source: 'store' },
  { maxConcurrency: 60, stages: [stage(40)], jobs: 1, source: 'state' },
  { maxConcurrency: 20, stages: [stage()], jobs: 251, source: 'store' },
])('jobs of $jobs jobs, $maxConcurrency at a time, come from the $source', ({ source, ...deployment }) => {
  expect(jobSource(deployment)).toBe(source);
});
