/** The parts of a job's time that the estimates learn from, against what BuildKit itself recorded of the same build. */
import type { SampleSource } from '../../local/build/embedded/sample-source';
import { type BuildkitJobs, openBuildkitJobs } from './buildkit-jobs';
import { makeShopSource } from './shop-source';

let jobs: BuildkitJobs;
let source: SampleSource;
beforeAll(async () => {
  jobs = await openBuildkitJobs({ history: true });
  source = await makeShopSource(jobs.programs);
}, 3_600_000);
afterAll(async () => {
  source?.remove();
  await jobs?.close();
});

/** In ms since 1970. */
interface Interval {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Returns the intervals in which the steps with such names ran. */
function intervals(progress: string, name: RegExp): readonly Interval[] {
  const all = new Map<string, Interval>();
  for (const line of progress.split('\n').filter((text) => text.startsWith('{'))) {
    const { vertexes } = JSON.parse(line) as { vertexes?: { name: string; started?: string; completed?: string }[] };
    for (const { name: step, started, completed } of vertexes ?? []) {
      if (!name.test(step) || started === undefined || completed === undefined) continue;
      const interval = { name: step, from: Date.parse(started), to: Date.parse(completed) };
      all.set(JSON.stringify([step, interval.from]), interval);
    }
  }
  return [...all.values()];
}

/** Returns the seconds in which at least one of the intervals ran. */
function covered(all: readonly Interval[]): number {
  let [end, sum] = [0, 0];
  for (const { from, to } of [...all].sort((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum / 1000;
}

const part = (parts: string | undefined, name: string) =>
  Number(new RegExp(`${name}=([\\d.]+)`).exec(parts ?? '')?.[1]);

test('push and cache import are the seconds that BuildKit recorded, and no longer than the build', async () => {
  const bases = { digests: { 'tools:1': jobs.images.tools } };
  const first = await jobs.run({ source, service: 'large', bases });
  const second = await jobs.run({ source, service: 'large', bases });

  for (const { end, exported, progress, seconds } of [first, second]) {
    expect(end).toEqual({ status: 'SUCCEEDED' });
    const exports = intervals(progress, /^exporting (to image|cache to registry)$/);
    expect(exports.length).toBeGreaterThan(1);
    // The parts have one decimal, and the times of three or four lines are rounded before they are added.
    expect(Math.abs(part(exported.JOB_PARTS, 'push') - covered(exports))).toBeLessThan(0.3);
    expect(part(exported.JOB_PARTS, 'push')).toBeLessThan(seconds);
  }
  expect(covered(intervals(first.progress, /^exporting/))).toBeGreaterThan(0.5);
  expect(first.exported.JOB_PARTS).not.toContain('cacheImport');
  const imports = intervals(second.progress, /^importing cache manifest/);
  expect(Math.abs(part(second.exported.JOB_PARTS, 'cacheImport') - covered(imports))).toBeLessThan(0.2);
});
