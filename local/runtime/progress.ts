/** The progress of a run, for a live display. */

/** A snapshot. `phase` is the state's name. `running` is in the order of starting, `failed` in the order of failing. */
export interface Progress {
  readonly phase: string;
  /** Jobs of the run. */
  readonly total: number;
  /** Jobs that succeeded. */
  readonly built: number;
  readonly failed: readonly string[];
  readonly running: readonly string[];
}

/** The progress of a run that has not begun. */
export const NO_PROGRESS: Progress = { phase: '', total: 0, built: 0, failed: [], running: [] };

/** Returns the progress in words: `built 5 of 6, 1 failed (restapi)`. */
export function progressText({ total, built, failed }: Progress): string {
  const failures = failed.length === 0 ? '' : `, ${failed.length} failed (${failed.join(' ')})`;
  return `built ${built} of ${total}${failures}`;
}

/** Returns the progress after a job started, which may be its second attempt. */
export function jobStarted(progress: Progress, job: string): Progress {
  const { running, failed } = progress;
  return { ...progress, running: [...without(running, job), job], failed: without(failed, job) };
}

/** Returns the progress after a job ended. */
export function jobEnded(progress: Progress, job: string, succeeded: boolean): Progress {
  const { running, built, failed } = progress;
  return {
    ...progress,
    running: without(running, job),
    built: succeeded ? built + 1 : built,
    failed: succeeded ? failed : [...without(failed, job), job],
  };
}

function without(jobs: readonly string[], job: string): readonly string[] {
  return jobs.filter((other) => other !== job);
}

/** Takes the events of a run. */
export interface ProgressFollower {
  enter(phase: string): void;
  planned(jobs: number): void;
  started(job: string): void;
  finished(job: string, succeeded: boolean): void;
}

/** Keeps the snapshot and calls `onChange` with each new one. */
export function followProgress(onChange: (progress: Progress) => void): ProgressFollower {
  let now = NO_PROGRESS;
  const change = (next: Progress) => {
    now = next;
    onChange(now);
  };
  return {
    enter: (phase) => change({ ...now, phase }),
    planned: (total) => change({ ...now, total }),
    started: (job) => change(jobStarted(now, job)),
    finished: (job, succeeded) => change(jobEnded(now, job, succeeded)),
  };
}
