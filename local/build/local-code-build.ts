/** Stands in for CodeBuild on one machine: takes what the state machine gives it, answers as AWS would. */
import { randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import { systemClock } from '../../adapters/clock';
import { messageOf } from '../../core/errors';
import { JOB_ENV, PROJECT_ENV, SOURCE_ARCHIVE } from '../../core/job-env';
import type { Settings } from '../../core/settings';
import { buildReply, taskFailed } from './build-reply';
import { createDockerBuilder } from './docker-builder';
import type { DockerEngine } from './docker-engine';
import { createEmbeddedBuilder } from './embedded-builder';
import type { BuildEnd, ImageBuilder } from './image-builder';
import { openRegistryAccess } from './registry-access';
import { invalidInput, parseStartBuildParameters, type StartBuildParameters } from './start-build-parameters';

/** How builds are done, and by what name the world of a job is called. */
export interface LocalCodeBuildOptions {
  /** The engine to build with; undefined uses the embedded builder. */
  readonly docker: DockerEngine | undefined;
  /** Logs are `<logs>/<run>/<service>.log`. */
  readonly logs: string;
  /** Where the job tool is written, if a job needs it. */
  readonly toolFile: string;
  /** Path of the catalog in the monorepo. */
  readonly catalogFile: string;
  /** `host/namespace` of the release repositories. */
  readonly releases: string;
  /** Where images of other hosts are pulled instead. */
  readonly mirrors: Settings['mirrors'];
  /** Services whose build shall fail, to rehearse a failure. */
  readonly refuse: ReadonlySet<string>;
  readonly onStart?: (service: string) => void;
  readonly onEnd?: (service: string, succeeded: boolean) => void;
}

/** CodeBuild for one run. */
export interface LocalCodeBuild {
  /**
   * The task `codebuild:startBuild.sync`. Throws `States.TaskFailed` whose message is the JSON of the build if it did not succeed, or
   * `CodeBuild.InvalidInputException`. The same token again is the same build.
   */
  startBuild(parameters: unknown): Promise<object>;
  /** Stops what still runs and removes everything that builds left on disk, but for logs and images. */
  close(): Promise<void>;
}

interface Started {
  readonly job: StartBuildParameters;
  readonly reply: Promise<ReturnType<typeof buildReply>>;
}

export function createLocalCodeBuild(options: LocalCodeBuildOptions): LocalCodeBuild {
  const builder = createBuilder(options);
  const stop = new AbortController();
  const limit = pLimit(builder.concurrency);
  const builds = new Map<string, Started>();

  const start = (parameters: unknown): Started => {
    const job = parseStartBuildParameters(parameters);
    const earlier = builds.get(job.token);
    if (earlier === undefined) {
      const started = { job, reply: limit(() => runBuild(job, options, builder, stop.signal)) };
      builds.set(job.token, started);
      return started;
    }
    if (isDeepStrictEqual(earlier.job, job)) return earlier;
    throw invalidInput(`the idempotency token ${job.token} was used for a build with other parameters`);
  };

  return {
    startBuild: async (parameters) => {
      const reply = await start(parameters).reply;
      if (reply.Build.BuildStatus === 'SUCCEEDED') return reply;
      throw taskFailed(reply);
    },
    close: async () => {
      stop.abort();
      await Promise.allSettled([...builds.values()].map(({ reply }) => reply));
      await builder.close();
    },
  };
}

function createBuilder({ docker, toolFile, catalogFile, releases }: LocalCodeBuildOptions): ImageBuilder {
  if (docker !== undefined) return createDockerBuilder({ engine: docker, toolFile });
  return createEmbeddedBuilder({ catalogFile, releases, registry: openRegistryAccess() });
}

async function runBuild(
  job: StartBuildParameters,
  options: LocalCodeBuildOptions,
  builder: ImageBuilder,
  signal: AbortSignal,
): Promise<ReturnType<typeof buildReply>> {
  const service = job.variables[JOB_ENV.service];
  const logFile = join(options.logs, fileName(job.variables[JOB_ENV.run]), `${fileName(service)}.log`);
  const startedAt = systemClock.now();
  options.onStart?.(service);
  const end = await buildOnce(job, logFile, options, builder, signal);
  options.onEnd?.(service, end.status === 'SUCCEEDED');
  return buildReply({
    projectName: job.projectName,
    id: `${job.projectName}:${randomUUID()}`,
    logFile,
    startedAt,
    endedAt: systemClock.now(),
    timeoutMinutes: job.timeoutMinutes,
    end,
  });
}

/** CodeBuild answers for its machines: what breaks outside the build is a fault, told like any other end. */
async function buildOnce(
  job: StartBuildParameters,
  logFile: string,
  options: LocalCodeBuildOptions,
  builder: ImageBuilder,
  signal: AbortSignal,
): Promise<BuildEnd> {
  if (signal.aborted) return { status: 'STOPPED', phase: 'QUEUED', message: 'the run was stopped' };
  try {
    const service = job.variables[JOB_ENV.service];
    const missing = await missingSource(job.source);
    if (missing !== undefined) return await failBefore('DOWNLOAD_SOURCE', missing, logFile);
    if (options.refuse.has(service)) {
      const message = `the build of ${service} was asked to fail, to rehearse a failure`;
      return await failBefore('BUILD', message, logFile);
    }
    const variables = { ...job.variables, ...projectVariables(options) };
    const timeoutMs = job.timeoutMinutes * 60_000;
    return await builder.build({ variables, source: job.source, logFile, timeoutMs, signal });
  } catch (error) {
    return { status: 'FAULT', phase: 'PROVISIONING', message: `this machine cannot build: ${messageOf(error)}` };
  }
}

/** What is wrong with the folder of a job's source, or undefined. */
async function missingSource(source: string): Promise<string | undefined> {
  if (!isAbsolute(source)) return `the source '${source}' is no folder of this machine`;
  const file = join(source, SOURCE_ARCHIVE);
  return access(file).then(
    () => undefined,
    (error: unknown) => `the source cannot be fetched: ${messageOf(error)}; start the run again`,
  );
}

/** The end of a build that no builder got to see. */
async function failBefore(phase: string, message: string, logFile: string): Promise<BuildEnd> {
  await mkdir(dirname(logFile), { recursive: true });
  await writeFile(logFile, `${message}\n`);
  return { status: 'FAILED', phase, message };
}

/**
 * What the build project sets for every job. No login: the client uses what `docker login` left on this machine. No cache: the engine
 * keeps what it built. No address: the repository is a folder.
 */
function projectVariables({ toolFile, catalogFile, releases, mirrors }: LocalCodeBuildOptions) {
  return {
    [PROJECT_ENV.tool]: resolve(toolFile),
    [PROJECT_ENV.catalogFile]: catalogFile,
    [PROJECT_ENV.releases]: releases,
    [PROJECT_ENV.loginRegistry]: '',
    [PROJECT_ENV.cacheRepository]: '',
    [PROJECT_ENV.mirrors]: JSON.stringify(mirrors),
    [PROJECT_ENV.repositoryUrl]: '',
  } as const;
}

/** A name from outside as one part of a path: no slash, no leading dot. */
function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E');
}
