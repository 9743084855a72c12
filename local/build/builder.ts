/** The builders behind the local CodeBuild, and the time limit that all of their jobs have. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ListedImage, parseImageList } from '../../buildspecs/job/image-list';
import { messageOf, PipelineError } from '../../core/contract/errors';
import {
  type COMMAND_ENV,
  type JOB_ENV,
  MACHINE_JOB_ENV,
  type MODULE_JOB_ENV,
  type MODULE_PROJECT_ENV,
  type PROJECT_ENV,
} from '../../core/contract/job-environment';
import type { PhaseName } from './buildspec-runner';

type Variables<Names extends Readonly<Record<string, string>>> = Readonly<Record<Names[keyof Names], string>>;

/** Every variable of an image job, by its name in the environment. */
export type ImageVariables = Variables<typeof JOB_ENV> & Variables<typeof PROJECT_ENV>;

/** Every variable of a job that builds several images. */
export type MachineVariables = Variables<typeof MACHINE_JOB_ENV> & Variables<typeof PROJECT_ENV>;

/** Every variable of a module job. */
export type ModuleVariables = Variables<typeof MODULE_JOB_ENV> & Variables<typeof MODULE_PROJECT_ENV>;

/** Every variable of a deployment or a check that is a command. */
export type CommandVariables = Variables<typeof COMMAND_ENV>;

/** A job as a builder gets it. */
export interface Job<JobVariables> {
  readonly variables: JobVariables;
  /** The folder of the source archive. */
  readonly source: string;
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Stops the job. */
  readonly signal: AbortSignal;
  /** Are told of a buildspec's phases and exported variables. A builder without a buildspec tells nothing. */
  readonly onPhase?: (phase: PhaseName) => void;
  readonly onExport?: (variables: Readonly<Record<string, string>>) => void;
}

export type ImageJob = Job<ImageVariables>;

/** Returns true for the variables of a job that builds several images. */
export function isOfMachine(variables: ImageVariables | MachineVariables): variables is MachineVariables {
  return MACHINE_JOB_ENV.list in variables;
}

/** Returns the images of a machine. Throws if the list cannot be read. */
export async function readImages(
  variables: Pick<MachineVariables, typeof MACHINE_JOB_ENV.list>,
): Promise<readonly ListedImage[]> {
  return parseImageList(await readFile(variables[MACHINE_JOB_ENV.list], 'utf8'));
}

export type ModuleBuildJob = Job<ModuleVariables>;

/** The end of a job. `phase` is CodeBuild's name of the phase that did not succeed; `message` is for people. */
export type BuildEnd =
  | { readonly status: 'SUCCEEDED' }
  | {
      readonly status: 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';
      readonly phase: string;
      readonly message: string;
    };

export interface Builder<JobVariables> {
  /** The number of jobs that this machine runs at a time. */
  readonly concurrency: number;
  /** Builds an image and pushes it, or builds a package and stores it. Every failure is a result, not an error. */
  build(job: Job<JobVariables>): Promise<BuildEnd>;
  /** Removes all files that the builder left on disk. */
  close(): Promise<void>;
}

/** Builds candidate images: one, or several of a machine. */
export type ImageBuilder = Builder<ImageVariables | MachineVariables>;

/** Builds the packages of modules. */
export type ModuleBuilder = Builder<ModuleVariables>;

/** Runs deployments and checks that are commands. */
export type CommandRunner = Builder<CommandVariables>;

/** Returns the end of the work, or an end of its own if the time runs out or the run is stopped first. The work itself is not stopped. */
export async function withinLimits(
  { timeoutMs, signal }: Pick<Job<unknown>, 'timeoutMs' | 'signal'>,
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

/** Creates a builder whose jobs run in this process. `build` returns a job's log, or throws. `release` removes what all jobs left. */
export function createInProcessBuilder<JobVariables>(
  concurrency: number,
  build: (job: Job<JobVariables>) => Promise<string>,
  release: () => Promise<void>,
): Builder<JobVariables> {
  const works: Promise<BuildEnd>[] = [];
  return {
    concurrency,
    build: (job) =>
      withinLimits(job, () => {
        const work = buildAndLog(job, build);
        works.push(work);
        return work;
      }),
    close: async () => {
      // Jobs that timed out may still unpack files.
      await Promise.allSettled(works);
      await release();
    },
  };
}

async function buildAndLog<JobVariables>(
  job: Job<JobVariables>,
  build: (job: Job<JobVariables>) => Promise<string>,
): Promise<BuildEnd> {
  await mkdir(dirname(job.logFile), { recursive: true });
  try {
    await writeFile(job.logFile, await build(job));
    return { status: 'SUCCEEDED' };
  } catch (error) {
    const message = messageOf(error);
    await writeFile(job.logFile, `${message}\n`);
    // Any other error, such as a full disk, is the fault of this machine.
    return { status: error instanceof PipelineError ? 'FAILED' : 'FAULT', phase: 'BUILD', message };
  }
}
