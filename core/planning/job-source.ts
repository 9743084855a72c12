/** The source of a run's jobs for the state machine, decided at synth: docs/decisions/003-jobs-in-the-store.md. */
import type { Stage } from '../catalog/model';

/** `state`: jobs are part of its data and run in Inline Maps. `store`: jobs are objects that Distributed Maps read. */
export type JobSource = 'state' | 'store';

/** Concurrent iterations of an Inline Map, by Step Functions' quotas. */
const MAX_INLINE_JOBS = 40;
/** A job with many base images has up to 1 KB, and the state machine's data at most 262,144 bytes. */
const MAX_JOBS_INLINE = 250;

/** The facts that decide. `jobs` is the most that the catalog can have: its services and published modules. */
export interface Deployment {
  readonly maxConcurrency: number;
  readonly stages: readonly Stage[];
  readonly jobs: number;
}

/** Returns `store` for more concurrent jobs than an Inline Map runs, or more jobs than fit into the state machine's data. */
export function jobSource({ maxConcurrency, stages, jobs }: Deployment): JobSource {
  const most = Math.max(...stages.map((stage) => stage.maxConcurrency ?? maxConcurrency));
  return most > MAX_INLINE_JOBS || jobs > MAX_JOBS_INLINE ? 'store' : 'state';
}
