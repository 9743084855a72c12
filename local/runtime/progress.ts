/** What a run is doing at the moment, for a live display. */

/** A snapshot; `phase` is the state's name. Lists are in the order of starting. */
export interface Progress {
  readonly phase: string;
  readonly total: number;
  readonly done: number;
  readonly failed: readonly string[];
  readonly running: readonly string[];
}

/** Follows a run and tells every change. */
export interface ProgressFollower {
  enter(phase: string): void;
  planned(builds: number): void;
  started(service: string): void;
  finished(service: string, succeeded: boolean): void;
}

/** Keeps the snapshot and calls `onChange` with each new one. */
export function followProgress(onChange: (progress: Progress) => void): ProgressFollower {
  let now: Progress = { phase: '', total: 0, done: 0, failed: [], running: [] };
  const change = (part: Partial<Progress>) => {
    now = { ...now, ...part };
    onChange(now);
  };
  return {
    enter: (phase) => change({ phase }),
    planned: (total) => change({ total }),
    started: (service) => change({ running: [...now.running, service] }),
    finished: (service, succeeded) =>
      change({
        done: now.done + 1,
        running: now.running.filter((name) => name !== service),
        failed: succeeded ? now.failed : [...now.failed, service],
      }),
  };
}
