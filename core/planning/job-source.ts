/** Where the state machine takes the jobs of a run from. Decided when the app is synthesized: see docs/decisions/003-jobs-in-the-store.md. */
import type { Stage } from '../catalog/model';

/** `state`: they are part of its data, and run in Inline Maps. `store`: files of the object store, read by Distributed Maps. */
export const JOB_SOURCES = ['state', 'store'] as const;
export type JobSource = (typeof JOB_SOURCES)[number];

/** Iterations at a time of an Inline Map, by Step Functions' quotas. */
const MOST_INLINE_JOBS = 40;
/** A job has up to 1 KB, with many base images; the state machine's data 262,144 bytes. */
const MOST_JOBS_INLINE = 250;

/** What a deployment is decided by; `jobs` is how many the catalog can have: services, and modules that are published. */
export interface Deployment {
  readonly maxConcurrency: number;
  readonly stages: readonly Stage[];
  readonly jobs: number;
}

/** `store` for more jobs at a time than an Inline Map runs, or more jobs than the state machine's data has room for. */
export function jobSource({ maxConcurrency, stages, jobs }: Deployment): JobSource {
  const most = Math.max(...stages.map((stage) => stage.maxConcurrency ?? maxConcurrency));
  return most > MOST_INLINE_JOBS || jobs > MOST_JOBS_INLINE ? 'store' : 'state';
}
