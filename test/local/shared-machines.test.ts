/** Whole runs on one machine whose images share build machines, by the embedded builder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../local/runtime/home';
import { makeSmallPipeline } from '../support/pipeline/small-pipeline';

test('images share a machine; one that fails is built alone, keeps its own log, and the others are not built again', async () => {
  const pipeline = await makeSmallPipeline({ builders: 1 });
  try {
    const file = (...path: string[]) => join(homePaths(pipeline.home).objects, 'runs', ...path);
    const logs = (...path: string[]) => join(homePaths(pipeline.home).logs, ...path);
    const release = ['release', '--version', 'v1.4.0', '--ref', 'main'];

    const failed = await pipeline.report(...release, '--fail', 'ngui');
    const report = await pipeline.report(...release);

    expect(failed).toMatchObject({ status: 'FAILED', error: { name: 'BuildsFailed' } });
    expect(failed.failed).toMatchObject([
      { service: 'ngui', status: 'FAILED', logs: expect.stringMatching(/ngui\.log$/) },
    ]);
    const images: { service: string }[] = JSON.parse(readFileSync(file(failed.run, 'machines/auth.json'), 'utf8'));
    expect(images.map(({ service }) => service)).toEqual(['auth', 'ngui', 'restapi']);
    const plan = JSON.parse(readFileSync(file(failed.run, 'plan.json'), 'utf8'));
    expect(plan.machines).toEqual([['auth', 'ngui', 'restapi']]);
    expect(plan.estimate.likely).toBeLessThan(0.9 * 2400);
    expect(report).toMatchObject({ status: 'SUCCEEDED', totals: { build: 1, retag: 3, keep: 0 } });
    expect(existsSync(logs(failed.run, 'machine%2Fauth.log'))).toBe(true);
  } finally {
    pipeline.remove();
  }
}, 60_000);

test('a release on shared machines is built, and each image has its times', async () => {
  const pipeline = await makeSmallPipeline({ builders: 1 });
  try {
    const report = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
    const { logs } = homePaths(pipeline.home);

    expect(report).toMatchObject({ status: 'SUCCEEDED', totals: { build: 4, retag: 0, keep: 0 } });
    expect(readFileSync(join(logs, report.run, 'machine%2Fauth.log'), 'utf8').match(/^pushed /gm)).toHaveLength(3);
    expect(existsSync(join(logs, report.run, 'auth.log'))).toBe(false);
    // Three images of 10 minutes cost less together: 22 s of provisioning once, and two builds at a time.
    expect(report.work.minutes).toBeLessThan(40);
  } finally {
    pipeline.remove();
  }
}, 60_000);
