/** Recorded jobs: their sums and groups. Apart from what reads them, so that a plan without records loads no schema. */
import { JOB_PARTS, type JobTimes, type RecordedJob, type RecordedTimes } from '../contract/estimate';

export const NO_TIMES: RecordedTimes = { schema: 1, jobs: [], runs: [] };

/** Builds of a service on a machine that are kept. Older ones tell little, because Dockerfiles change. */
const JOBS_KEPT = 10;

/** Returns all seconds of a job, its wait in the queue included. */
export function jobSeconds({ parts }: Pick<JobTimes, 'parts'>): number {
  return JOB_PARTS.reduce((sum, part) => sum + (parts[part] ?? 0), 0);
}

/** Returns the newest builds of each service on each machine. */
export function newestOfEach(jobs: readonly RecordedJob[]): readonly RecordedJob[] {
  return [...groupBy(jobs, ({ name, machine }) => `${machine} ${name}`).values()].flatMap((builds) =>
    builds.toSorted((a, b) => b.endedAt - a.endedAt).slice(0, JOBS_KEPT),
  );
}

/** Returns the jobs by key, in their order. Node 20 has no `Map.groupBy`. */
export function groupBy(
  jobs: readonly RecordedJob[],
  keyOf: (job: RecordedJob) => string,
): ReadonlyMap<string, readonly RecordedJob[]> {
  const groups = new Map<string, RecordedJob[]>();
  for (const job of jobs) {
    const group = groups.get(keyOf(job));
    if (group === undefined) groups.set(keyOf(job), [job]);
    else group.push(job);
  }
  return groups;
}
