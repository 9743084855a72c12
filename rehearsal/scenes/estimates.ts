/** A scene of many runs with drawn build times, which the estimates do not know. */
import { drawnTimes } from '../build-machine/drawn-times';
import { expect, expectSame } from '../failure';
import { accuracyOf, holds, type RunReport } from '../product';
import type { World } from '../world';
import type { Scene } from './scene';

/** Median seconds of the builds. The catalog says ten minutes of each. */
const MEDIANS = { etcd: 150, auth: 90, restapi: 240, ngui: 60 };

/** A build of four minutes takes four seconds. */
const SPEED = 60;
const SEED = 18;

/** After nine builds of each service, estimates come from records; the catalog is known to be wrong after four more runs. */
const FIRST_RUNS = 9;
const COUNTED_RUNS = 24;

export const estimates: Scene = {
  name: 'estimates',
  title: `${FIRST_RUNS + COUNTED_RUNS} releases whose builds take drawn times: 8 of 10 end within their range`,
  inCi: false,
  isLong: true,
  after: ['release'],
  play: async (world) => {
    world.machine.times = drawnTimes(MEDIANS, SPEED, SEED);
    try {
      const reports: RunReport[] = [];
      for (let run = 0; run < FIRST_RUNS + COUNTED_RUNS; run++) reports.push(await changeAll(world, run));
      return await judge(world, reports);
    } finally {
      world.machine.times = undefined;
    }
  },
};

/** Releases a change of every service. */
async function changeAll(world: World, run: number): Promise<RunReport> {
  const text = `# run ${run}\n`;
  world.repository.commit('main', {
    'etcd/conf': text,
    'auth/main.py': text,
    'rest_api/main.py': text,
    'ngui/index.html': text,
  });
  const report = await world.succeeded(await world.start({ action: 'release', version: `v2.${run}.0`, ref: 'main' }));
  expectSame(report.totals.build, 4, `the builds of run ${run}`);
  return report;
}

async function judge(world: World, reports: readonly RunReport[]): Promise<readonly string[]> {
  const runs = reports.map(({ run, timing }) => {
    if (timing === undefined) throw new Error(`the report of ${run} has no times`);
    const { estimated, real } = timing;
    return { run, at: 0, ...estimated, model: estimated, basis: 'records' as const, real };
  });
  const counted = accuracyOf(runs.slice(FIRST_RUNS));
  const share = `${counted.inside} of ${counted.runs} runs inside their range`;
  expect(holds(counted), `${share}; right ranges have ${counted.byChance?.join(' to ')}`);
  const place = ['--recorded', world.stack.name, '--region', world.emulator.env.AWS_REGION ?? ''];
  const { stdout, stderr, exitCode } = await world.pipeline('estimate', '--accuracy', ...place, '--json');
  expect(exitCode === 0, `estimate --accuracy ends with ${exitCode} after ${share}: ${stderr}`);
  const recorded = JSON.parse(stdout) as { readonly runs: number; readonly inside: number };
  const all = accuracyOf(runs);
  // Runs of scenes before are recorded, too.
  expect(recorded.runs >= all.runs, `estimate --accuracy knows ${recorded.runs} of ${all.runs} runs`);
  expect(recorded.inside >= all.inside, `estimate --accuracy has ${recorded.inside} inside, the reports ${all.inside}`);
  const error = Math.round((counted.medianError ?? 0) * 100);
  return [share, `median error ${error} %`, `high end ${(counted.medianWidth ?? 0).toFixed(2)} times the low end`];
}
