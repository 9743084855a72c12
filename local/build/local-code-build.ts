/** CodeBuild on one machine: takes the parameters of the state machine, and answers as AWS would. */
import { randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import { systemClock } from '../../adapters/clock';
import { localAccess } from '../../adapters/registry/client/keychain';
import { openRegistryClient } from '../../adapters/registry/oci-registry';
import { messageOf } from '../../core/contract/errors';
import { MODULE_MACHINE, moduleOutcomeName } from '../../core/contract/job';
import {
  COMMAND_ENV,
  JOB_ENV,
  MACHINE_JOB_ENV,
  MODULE_JOB_ENV,
  MODULE_PROJECT_ENV,
  PROJECT_ENV,
  SOURCE_ARCHIVE,
} from '../../core/contract/job-environment';
import { buildImages, codeBuildMachine } from '../../core/image/build-images';
import type { Clock } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { buildReply, type PhaseStart, taskFailed } from './build-reply';
import type { ModuleTools } from './build-tools';
import {
  type BuildEnd,
  type CommandRunner,
  type ImageBuilder,
  type Job,
  type ModuleBuilder,
  readImages,
} from './builder';
import { createCommandRunner, createDockerBuilder } from './buildspec-builder';
import type { DockerEngine } from './docker-engine';
import { createEmbeddedBuilder } from './embedded-builder';
import { createModuleBuilder } from './modules/module-builder';
import { invalidInput, parseStartBuildParameters, type StartBuildParameters } from './start-build-parameters';

/** Options of the builds. The embedded builder builds modules whose tool is missing. */
export interface LocalCodeBuildOptions extends ModuleTools {
  /** The engine to build images with; undefined uses the embedded builder. */
  readonly docker: DockerEngine | undefined;
  /** Logs are `<logs>/<run>/<service>.log`. */
  readonly logs: string;
  /** The path that the job tool is written to, if a job needs it. */
  readonly toolFile: string;
  /** Path of the catalog in the monorepo. */
  readonly catalogFile: string;
  /** Registries without TLS. */
  readonly plainHttp?: readonly string[];
  /** `host/namespace` of the release repositories. */
  readonly releases: string;
  /** The mirrors of other hosts. */
  readonly mirrors: Settings['mirrors'];
  /** The images of builds that the settings choose. */
  readonly images?: Settings['buildImages'];
  /** Places of the secrets that builds may use. */
  readonly secrets?: Settings['buildSecrets'];
  /** Services whose build fails on purpose, to rehearse a failure. */
  readonly refuse: ReadonlySet<string>;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
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
  /** Stops running builds, and removes everything that builds left on disk except logs, images and packages. */
  close(): Promise<void>;
}

/** The builders of all kinds of jobs. */
interface Builders {
  readonly images: ImageBuilder;
  readonly modules: ModuleBuilder;
  readonly commands: CommandRunner;
}

interface Started {
  readonly job: StartBuildParameters;
  readonly reply: Promise<ReturnType<typeof buildReply>>;
}

/** Creates CodeBuild for one run. */
export function createLocalCodeBuild(options: LocalCodeBuildOptions): LocalCodeBuild {
  const builders = createBuilders(options);
  const stop = new AbortController();
  const ofImages = pLimit(builders.images.concurrency);
  const limits = {
    image: ofImages,
    machine: ofImages,
    module: pLimit(builders.modules.concurrency),
    command: pLimit(builders.commands.concurrency),
  };
  const builds = new Map<string, Started>();

  const start = (parameters: unknown): Started => {
    const job = parseStartBuildParameters(parameters);
    const earlier = builds.get(job.token);
    if (earlier === undefined) {
      const queuedAt = (options.clock ?? systemClock).now();
      const started = { job, reply: limits[job.kind](() => runBuild(job, queuedAt, options, builders, stop.signal)) };
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
      await Promise.all([builders.images.close(), builders.modules.close(), builders.commands.close()]);
    },
  };
}

function createBuilders(options: LocalCodeBuildOptions): Builders {
  const { docker, toolFile, catalogFile, releases, plainHttp, clock = systemClock } = options;
  return {
    images:
      docker === undefined
        ? createEmbeddedBuilder({
            catalogFile,
            releases,
            registry: openRegistryClient(localAccess(clock, plainHttp)),
          })
        : createDockerBuilder({ engine: docker, toolFile }),
    modules: createModuleBuilder(options, toolFile),
    commands: createCommandRunner(process.env),
  };
}

/** Returns the name of the job for people: that of the service, of the first one on its machine, that of the module's outcome, or the environment and its command. */
function nameOf(job: StartBuildParameters): string {
  // No service has a `/` in its name, so that no image that is built alone later has the same log.
  if (job.kind === 'machine') return `machine/${parse(job.variables[MACHINE_JOB_ENV.list]).name}`;
  if (job.kind === 'command') return `${job.variables[COMMAND_ENV.environment]}: ${job.variables[COMMAND_ENV.name]}`;
  return job.kind === 'image'
    ? job.variables[JOB_ENV.service]
    : moduleOutcomeName(job.variables[MODULE_JOB_ENV.module]);
}

async function runBuild(
  job: StartBuildParameters,
  queuedAt: number,
  options: LocalCodeBuildOptions,
  builders: Builders,
  signal: AbortSignal,
): Promise<ReturnType<typeof buildReply>> {
  const { clock = systemClock } = options;
  const name = nameOf(job);
  const logFile = join(options.logs, fileName(job.variables[JOB_ENV.run]), `${fileName(name)}.log`);
  const startedAt = clock.now();
  const names = await namesOf(job, name);
  for (const each of names) options.onStart?.(each);
  const phases: PhaseStart[] = [{ type: 'QUEUED', at: queuedAt }];
  let exported: Readonly<Record<string, string>> = {};
  const told: Pick<Job<unknown>, 'signal' | 'onPhase' | 'onExport'> = {
    signal,
    onPhase: (phase) => phases.push({ type: phase.toUpperCase(), at: clock.now() }),
    onExport: (variables) => {
      exported = variables;
    },
  };
  const end = await buildOnce(job, names, logFile, options, builders, told);
  // A builder without a buildspec does everything in one phase.
  phases.splice(1, 0, { type: phases.length > 1 ? 'DOWNLOAD_SOURCE' : 'BUILD', at: startedAt });
  // The registry tells which images of a machine were built.
  if (job.kind !== 'machine') for (const each of names) options.onEnd?.(each, end.status === 'SUCCEEDED');
  return buildReply({
    projectName: job.projectName,
    id: `${job.projectName}:${randomUUID()}`,
    logFile,
    queuedAt,
    endedAt: clock.now(),
    timeoutMinutes: job.timeoutMinutes,
    machine: 'machine' in job ? job.machine : codeBuildMachine(MODULE_MACHINE),
    phases,
    exported,
    end,
  });
}

/** Returns the builds that the progress of a run counts. A command is none. */
async function namesOf(job: StartBuildParameters, name: string): Promise<readonly string[]> {
  if (job.kind === 'command') return [];
  if (job.kind !== 'machine') return [name];
  const images = await readImages(job.variables).catch(() => []);
  return images.map(({ service }) => service);
}

/** Builds once. An error outside the build is a fault of the machine, and a result like any other end. */
async function buildOnce(
  job: StartBuildParameters,
  names: readonly string[],
  logFile: string,
  options: LocalCodeBuildOptions,
  { images, modules, commands }: Builders,
  told: Pick<Job<unknown>, 'signal' | 'onPhase' | 'onExport'>,
): Promise<BuildEnd> {
  if (told.signal.aborted) return { status: 'STOPPED', phase: 'QUEUED', message: 'the run was stopped' };
  try {
    const missing = await missingSource(job.source);
    if (missing !== undefined) return await failBefore('DOWNLOAD_SOURCE', missing, logFile);
    const refused = names.find((name) => options.refuse.has(name));
    if (refused !== undefined) {
      return await failBefore('BUILD', `the build of ${refused} was asked to fail, to rehearse a failure`, logFile);
    }
    const work = { source: job.source, logFile, timeoutMs: job.timeoutMinutes * 60_000, ...told };
    if (job.kind === 'command') return await commands.build({ ...work, variables: job.variables });
    if (job.kind === 'module') {
      return await modules.build({ ...work, variables: { ...job.variables, ...moduleProject(options) } });
    }
    return await images.build({ ...work, variables: { ...job.variables, ...imageProject(options) } });
  } catch (error) {
    return { status: 'FAULT', phase: 'PROVISIONING', message: `this machine cannot build: ${messageOf(error)}` };
  }
}

/** Returns the problem with the folder of a job's source, or undefined. */
async function missingSource(source: string): Promise<string | undefined> {
  if (!isAbsolute(source)) return `the source '${source}' is not a folder of this machine`;
  const file = join(source, SOURCE_ARCHIVE);
  return access(file).then(
    () => undefined,
    (error: unknown) => `the source cannot be fetched: ${messageOf(error)}; start the run again`,
  );
}

/** Ends a build before a builder gets it. */
async function failBefore(phase: string, message: string, logFile: string): Promise<BuildEnd> {
  await mkdir(dirname(logFile), { recursive: true });
  await writeFile(logFile, `${message}\n`);
  return { status: 'FAILED', phase, message };
}

/** Returns the variables of the build project for images. Login and cache are those of the engine; the repository, a folder, has no address. */
function imageProject({ toolFile, catalogFile, releases, mirrors, images, secrets = {} }: LocalCodeBuildOptions) {
  return {
    [PROJECT_ENV.tool]: resolve(toolFile),
    [PROJECT_ENV.catalogFile]: catalogFile,
    [PROJECT_ENV.releases]: releases,
    [PROJECT_ENV.loginRegistry]: '',
    [PROJECT_ENV.cacheRepository]: '',
    [PROJECT_ENV.mirrors]: JSON.stringify(mirrors),
    [PROJECT_ENV.buildImages]: JSON.stringify(buildImages(images)),
    [PROJECT_ENV.secrets]: JSON.stringify(secrets),
    [PROJECT_ENV.repositoryUrl]: '',
  } as const;
}

/** Returns the variables that the build project sets for every module. Packages come from the indexes of this machine's tools. */
function moduleProject({ toolFile, catalogFile }: LocalCodeBuildOptions) {
  return {
    [MODULE_PROJECT_ENV.tool]: resolve(toolFile),
    [MODULE_PROJECT_ENV.catalogFile]: catalogFile,
    [MODULE_PROJECT_ENV.domain]: '',
    [MODULE_PROJECT_ENV.repository]: '',
  } as const;
}

/** Returns a name from outside as one part of a path: no slash, no leading dot. */
function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E');
}
