/** What the local stand-in for CodeBuild asks of those who do its jobs. */
import type { JOB_ENV, MODULE_JOB_ENV, MODULE_PROJECT_ENV, PROJECT_ENV } from '../../core/contract/job-environment';

type Variables<Names extends Readonly<Record<string, string>>> = Readonly<Record<Names[keyof Names], string>>;

/** Every variable that the job of an image has, by its name in the environment. */
export type ImageVariables = Variables<typeof JOB_ENV> & Variables<typeof PROJECT_ENV>;

/** The same of a module. */
export type ModuleVariables = Variables<typeof MODULE_JOB_ENV> & Variables<typeof MODULE_PROJECT_ENV>;

/** One job. */
export interface Job<JobVariables> {
  readonly variables: JobVariables;
  /** Folder with the source archive. */
  readonly source: string;
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Stops the job. */
  readonly signal: AbortSignal;
}

export type ImageJob = Job<ImageVariables>;

export type ModuleBuildJob = Job<ModuleVariables>;

/** How a job ended. `phase` is CodeBuild's name of the phase that did not succeed, `message` is for people. */
export type BuildEnd =
  | { readonly status: 'SUCCEEDED' }
  | {
      readonly status: 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';
      readonly phase: string;
      readonly message: string;
    };

export interface Builder<JobVariables> {
  /** Jobs that this machine does at a time. */
  readonly concurrency: number;
  /** Builds, and pushes or leaves what it built. Whatever goes wrong is a result, not an error. */
  build(job: Job<JobVariables>): Promise<BuildEnd>;
  /** Removes what the builder left on disk. */
  close(): Promise<void>;
}

/** Builds candidates. */
export type ImageBuilder = Builder<ImageVariables>;

/** Builds packages. */
export type ModuleBuilder = Builder<ModuleVariables>;

// Ends the waiting for work that cannot be ended itself.

/** The work's end; or, if time runs out or the run is stopped first, that. */
export async function withinLimits(
  { timeoutMs, signal }: Pick<ImageJob, 'timeoutMs' | 'signal'>,
  work: () => Promise<BuildEnd>,
): Promise<BuildEnd> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<BuildEnd>((resolve) => {
    const seconds = Math.round(timeoutMs / 1000);
    stop = () => resolve({ status: 'STOPPED', phase: 'BUILD', message: 'the run was stopped' });
    timer = setTimeout(
      () => resolve({ status: 'TIMED_OUT', phase: 'BUILD', message: `not done after ${seconds} s` }),
      timeoutMs,
    );
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
