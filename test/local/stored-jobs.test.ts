/** A whole run on one machine whose jobs the state machine reads from the object store. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../local/runtime/home';
import { makeSmallPipeline } from '../support/pipeline/small-pipeline';

test('a release with more than forty jobs at a time takes its jobs from the store, and stops at its first failure', async () => {
  const pipeline = await makeSmallPipeline({ maxConcurrency: 41, stopAtFirstFailure: true });
  try {
    const failed = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main', '--fail', 'etcd');
    const report = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');

    const run = (name: string, file: string) => join(homePaths(pipeline.home).objects, 'runs', name, file);
    expect(failed).toMatchObject({ status: 'FAILED', error: { name: 'BuildsFailed' } });
    expect(failed.failed.map(({ service, status }) => [service, status])).toEqual([
      ['auth', 'STOPPED'],
      ['etcd', 'FAILED'],
      ['ngui', 'STOPPED'],
      ['restapi', 'STOPPED'],
    ]);
    expect(existsSync(run(failed.run, 'failures/etcd.json'))).toBe(true);
    expect(report).toMatchObject({ status: 'SUCCEEDED', totals: { build: 4, retag: 0, keep: 0 } });
    const jobs: { service: string }[] = JSON.parse(readFileSync(run(report.run, 'jobs/apps.json'), 'utf8'));
    expect(jobs.map(({ service }) => service)).toEqual(['auth', 'ngui', 'restapi']);
  } finally {
    pipeline.remove();
  }
}, 60_000);
