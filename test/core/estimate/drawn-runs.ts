/** Runs whose durations are drawn: an account with its own machines and services, which no estimate knows. */
import type { RecordedJob, RecordedRun, RecordedTimes, RunEstimate } from '../../../core/contract/estimate';
import type { EstimatedJob } from '../../../core/estimate/job-range';
import { repeatableNumbers } from '../../../core/estimate/quantiles';
import { jobSeconds, NO_TIMES } from '../../../core/estimate/recorded-jobs';
import { addRun, recordedRun, runTiming } from '../../../core/estimate/recorded-times';
import { estimateRun } from '../../../core/estimate/run-range';
import { simulate } from '../../../core/estimate/simulate';

const STAGES = [
  { name: 'tools', title: '', needs: [] },
  { name: 'apps', title: '', needs: ['tools'] },
];

/** How durations are drawn. `spread` is the standard deviation of a job's logarithm, `sharedSpread` that of a run's, which all its jobs share. */
export interface DrawnAccount {
  readonly seed: number;
  readonly services: number;
  readonly spread: number;
  readonly sharedSpread: number;
  /** Real minutes divided by the catalog's: from `1 / wrong` to `wrong`. */
  readonly wrong: number;
}

export interface DrawnRun {
  readonly estimate: RunEstimate;
  readonly recorded: RecordedRun;
}

/** Returns this many runs of a random choice of services, each estimated from the times of those before it. */
export function drawRuns(account: DrawnAccount, count: number): readonly DrawnRun[] {
  const draw = repeatableNumbers(account.seed);
  const normal = () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
  const services = Array.from({ length: account.services }, (_, index) => {
    const minutes = 3 + Math.floor(draw() * 12);
    const stage = index % 5 === 0 ? 'tools' : 'apps';
    return { name: `s${index}`, stage, minutes, priority: 2, real: minutes * 60 * account.wrong ** (2 * draw() - 1) };
  });
  let times: RecordedTimes = NO_TIMES;
  return Array.from({ length: count }, (_, index) => {
    const share = draw();
    const picked = services.filter(() => draw() < share);
    const chosen = picked.length === 0 ? services.slice(0, 1) : picked;
    const jobs: readonly EstimatedJob[] = chosen.map(({ real: _real, ...job }) => job);
    const shape = { jobs, stages: STAGES, stageConcurrency: 20 };
    const estimate = estimateRun(shape, times);
    const slow = Math.exp(account.sharedSpread * normal());
    const at = index * 1e8;
    const timed = chosen.map((job) => {
      const build = job.real * slow * Math.exp(account.spread * normal());
      return {
        job,
        parts: { queue: 1 + draw(), provisioning: 10 + 20 * draw(), source: 5, login: 4 + 4 * draw(), build },
      };
    });
    const seconds = timed.map(({ job, parts }) => ({ ...job, minutes: jobSeconds({ parts }) }));
    const schedule = simulate({ jobs: seconds, stages: STAGES, stageConcurrency: 20, builders: jobs.length });
    const starts = new Map(schedule.jobs.map(({ name, start }) => [name, start]));
    const recordedJobs = timed.map(({ job, parts }): RecordedJob => {
      const submittedAt = at + 1000 * (starts.get(job.name) ?? 0);
      const endedAt = submittedAt + 1000 * jobSeconds({ parts });
      return { name: job.name, machine: 'x86_64 medium', parts, submittedAt, endedAt };
    });
    const timing = runTiming(estimate, recordedJobs);
    const recorded = timing && recordedRun(`run-${index}`, at, estimate, timing);
    if (recorded === undefined) throw new Error('a run has jobs');
    times = addRun(times, { run: `run-${index}`, jobs: recordedJobs, recorded });
    return { estimate, recorded };
  });
}
