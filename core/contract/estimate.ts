/** Contract, shared: the times of jobs as they were recorded, and the estimate that is made of them. Nothing of it decides what is built. */

/** The parts of a job's time, in their order. `login` includes the check of the source and the lookup of base images. */
export const JOB_PARTS = ['queue', 'provisioning', 'source', 'login', 'cacheImport', 'build', 'push'] as const;

export type JobPart = (typeof JOB_PARTS)[number];

/** What a build used, measured on its machine. */
export interface JobUsage {
  /** The most memory at a time, in bytes, without caches of files. */
  readonly memory: number;
  /** Seconds of all CPUs together. */
  readonly cpu: number;
}

/** The times of one job that succeeded. `cacheImport` and `push` are part of `build` if the job did not tell them apart. */
export interface JobTimes {
  /** CPU and size: `x86_64 medium`. */
  readonly machine: string;
  /** Seconds. */
  readonly parts: Readonly<Partial<Record<JobPart, number>>>;
  /** In ms since 1970. */
  readonly submittedAt: number;
  readonly endedAt: number;
  /** Absent if it was not measured: by an older version, without BuildKit, or on a machine that built several images. */
  readonly usage?: JobUsage;
}

/** Seconds. Of ten cases, one is below `low`, five below `likely`, and nine below `high`. */
export interface SecondsRange {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** The time of one job, from its submission to its end. */
export interface JobEstimate extends SecondsRange {
  readonly name: string;
  /** The recorded builds of this service on this machine behind it. 0: the catalog's minutes are. */
  readonly records: number;
}

/** The time from the first submission of a job of a run to the end of the last one, without any wait for a person. */
export interface RunEstimate extends SecondsRange {
  /** The range before it was corrected by how earlier ranges held. */
  readonly model: SecondsRange;
  /** `records` if most jobs have enough of them for a range of their own. */
  readonly basis: 'records' | 'catalog';
  /** The longest first. */
  readonly jobs: readonly JobEstimate[];
  /** The median of each part over the recorded jobs of all services, or the default. */
  readonly parts: Readonly<Record<JobPart, { readonly seconds: number; readonly isRecorded: boolean }>>;
  /** Limits of the numbers, one sentence each. */
  readonly notes: readonly string[];
}

/** The real times of a run beside its estimate. */
export interface RunTiming {
  readonly estimated: SecondsRange;
  /** Seconds from the first submission to the end of the last job. */
  readonly real: number;
  /** The jobs whose time was furthest from their estimate, the furthest first. */
  readonly worst: readonly TimedJobEstimate[];
}

export interface TimedJobEstimate extends JobEstimate {
  /** Seconds. */
  readonly real: number;
  readonly parts: JobTimes['parts'];
}

/** A recorded job, by the name of its outcome. */
export interface RecordedJob extends JobTimes {
  readonly name: string;
}

/** A recorded run in which all jobs succeeded. `at` is in ms since 1970, all else in seconds. */
export interface RecordedRun extends SecondsRange {
  readonly run: string;
  readonly at: number;
  readonly model: SecondsRange;
  readonly basis: RunEstimate['basis'];
  readonly real: number;
}

/** A build that had too little memory on a machine, by the name of its outcome. `at` is in ms since 1970. */
export interface RecordedShortage {
  readonly name: string;
  readonly machine: string;
  readonly at: number;
}

/** Every recorded time, stored under `objectKeys.times()`. A lost or damaged record costs accuracy and nothing else. */
export interface RecordedTimes {
  readonly schema: 1;
  readonly jobs: readonly RecordedJob[];
  readonly runs: readonly RecordedRun[];
  /** The newest one of each service. Absent in records of older versions. */
  readonly shortages?: readonly RecordedShortage[];
}
