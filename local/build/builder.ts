/** What the local stand-in for CodeBuild asks of a builder. */
import type { JOB_ENV, PROJECT_ENV } from '../../core/job-env';

/** Every variable that a job has, by its name in the environment. */
export type JobVariables = Readonly<Record<JobVariableName, string>>;
export type JobVariableName = (typeof JOB_ENV)[keyof typeof JOB_ENV] | (typeof PROJECT_ENV)[keyof typeof PROJECT_ENV];

/** One image to be built. */
export interface ImageJob {
  readonly variables: JobVariables;
  /** Folder with the source archive. */
  readonly source: string;
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Stops the build. */
  readonly signal: AbortSignal;
}

/** How a build ended. `phase` is CodeBuild's name of the phase that did not succeed, `message` is for people. */
export type BuildEnd =
  | { readonly status: 'SUCCEEDED' }
  | {
      readonly status: 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';
      readonly phase: string;
      readonly message: string;
    };

export interface ImageBuilder {
  /** Jobs that this machine does at a time. */
  readonly concurrency: number;
  /** Builds and pushes. Whatever goes wrong is a result, not an error. */
  build(job: ImageJob): Promise<BuildEnd>;
  /** Removes what the builder left on disk. */
  close(): Promise<void>;
}
