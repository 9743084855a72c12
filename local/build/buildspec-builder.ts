/** Builds by running a deployed buildspec with programs of this machine. */
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { bundleJobTool } from '../../buildspecs/job/bundle';
import { JOB_ENV, PROJECT_ENV } from '../../core/contract/job-environment';
import { parsePlace } from '../../core/settings/secrets/schema';
import { parseJson } from '../../core/text/json';
import {
  type BuildEnd,
  type Builder,
  type CommandRunner,
  type CommandVariables,
  type ImageBuilder,
  type ImageVariables,
  isOfMachine,
  type Job,
  type MachineVariables,
  readImages,
} from './builder';
import { type BuildspecResult, runBuildspec } from './buildspec-runner';
import { type DockerEngine, dockerAnswers, runDocker } from './docker-engine';

/** The part of a log's last line that a message shows, in characters. */
const LAST_LINE_LENGTH = 200;

interface BuildspecBuilderOptions {
  /** The name of the file in `buildspecs`. */
  readonly buildspec: string;
  /** The path that the job tool is written to; undefined if the buildspec does not use it. */
  readonly toolFile?: string;
  /** The paths of the programs that the buildspec calls by name. Other programs in the same folders are not visible to it. */
  readonly programs: Readonly<Record<string, string>>;
  /** The variables of commands besides those of the job. PATH is required. */
  readonly env: Readonly<Record<string, string>>;
  readonly concurrency: number;
  /** Returns the fault of this machine that made a command fail, or undefined if the build itself failed. */
  readonly faultOfMachine: () => Promise<string | undefined>;
}

/** The parts that all jobs share: the buildspec's text, and a folder with the programs. */
interface Workshop {
  readonly text: string;
  readonly folder: string;
}

/** Creates a builder that runs the buildspec once for each job. */
export function createBuildspecBuilder<Variables extends Readonly<Record<string, string>>>(
  options: BuildspecBuilderOptions,
): Builder<Variables> {
  let opened: Promise<Workshop> | undefined;
  const open = () => {
    opened ??= openWorkshop(options);
    return opened;
  };
  return {
    concurrency: options.concurrency,
    build: async (job) => {
      const { text, folder } = await open();
      const path = [folder, options.env.PATH ?? '/usr/bin:/bin'].join(delimiter);
      const env = { HOME: tmpdir(), ...options.env, ...secretsOf(job.variables), ...job.variables, PATH: path };
      return endOf(await runBuildspec({ ...job, buildspec: text, env }), job, options);
    },
    close: async () => {
      const workshop = await opened?.catch(() => undefined);
      if (workshop !== undefined) await rm(workshop.folder, { recursive: true, force: true });
    },
  };
}

/** Returns those variables of this process in which the settings say that a build's secrets are. */
function secretsOf(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const places = Object.values(parseJson(variables[PROJECT_ENV.secrets] ?? '{}') ?? {});
  return Object.fromEntries(
    places.flatMap((text) => {
      const place = parsePlace(String(text));
      const value = place.kind === 'variable' ? process.env[place.name] : undefined;
      return place.kind === 'variable' && value !== undefined ? [[place.name, value]] : [];
    }),
  );
}

async function openWorkshop({ buildspec, toolFile, programs }: BuildspecBuilderOptions): Promise<Workshop> {
  if (toolFile !== undefined) await bundleJobTool(toolFile);
  const folder = await mkdtemp(join(tmpdir(), 'job-programs-'));
  for (const [name, path] of Object.entries({ node: process.execPath, ...programs })) {
    await symlink(path, join(folder, name));
  }
  return { text: await readFile(join(__dirname, '../../buildspecs', `${buildspec}.yml`), 'utf8'), folder };
}

async function endOf(
  result: BuildspecResult,
  { logFile, timeoutMs }: Pick<Job<unknown>, 'logFile' | 'timeoutMs'>,
  { faultOfMachine }: BuildspecBuilderOptions,
): Promise<BuildEnd> {
  if (result.kind === 'succeeded') return { status: 'SUCCEEDED' };
  const phase = result.phase.toUpperCase();
  if (result.kind !== 'failed') {
    const stopped = result.kind === 'stopped';
    const message = stopped ? 'the run was stopped' : `not done after ${Math.round(timeoutMs / 1000)} s`;
    return { status: stopped ? 'STOPPED' : 'TIMED_OUT', phase, message };
  }
  const fault = await faultOfMachine();
  if (fault !== undefined) return { status: 'FAULT', phase, message: fault };
  const last = await lastLine(logFile);
  return { status: 'FAILED', phase, message: `exit code ${result.exitCode}: ${last.slice(0, LAST_LINE_LENGTH)}` };
}

/** Returns the last line that the build itself wrote. */
async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('--- ')).at(-1) ?? 'the log is empty';
}

interface DockerBuilderOptions {
  readonly engine: DockerEngine;
  /** The path that the job tool is written to. */
  readonly toolFile: string;
}

/** Creates a builder of images that uses the Docker engine of this machine as CodeBuild does. */
export function createDockerBuilder({ engine, toolFile }: DockerBuilderOptions): ImageBuilder {
  const builder = createBuildspecBuilder<ImageVariables | MachineVariables>({
    buildspec: 'image',
    toolFile,
    programs: { docker: engine.client },
    env: engine.env,
    concurrency: availableParallelism() + 2,
    faultOfMachine: async () =>
      (await dockerAnswers(engine))
        ? undefined
        : `the Docker engine behind ${engine.client} no longer answers; start it, then start the run again`,
  });
  return {
    ...builder,
    build: async (job) => {
      const end = await builder.build(job);
      const isEnded = end.status === 'TIMED_OUT' || end.status === 'STOPPED';
      if (isEnded) await removeProbes(engine, job.variables[PROJECT_ENV.buildImages]);
      // The registry has the image. A build machine is removed after a job, but the disk of this one would fill up.
      if (end.status === 'SUCCEEDED')
        await runDocker(engine, ['image', 'rm', '--', ...(await candidatesOf(job.variables))]);
      return end;
    },
  };
}

async function candidatesOf(variables: ImageVariables | MachineVariables): Promise<readonly string[]> {
  if (isOfMachine(variables)) return (await readImages(variables)).map(({ candidate }) => candidate);
  return [variables[JOB_ENV.candidate]];
}

/**
 * Removes what a stopped buildx leaves behind. It learns of GPUs by a container that runs `/bin/true` in BuildKit's image, and that stays if
 * buildx ends before it starts (`hasGPUCapability` in driver/docker-container/driver.go of github.com/docker/buildx).
 */
async function removeProbes(engine: DockerEngine, images: string): Promise<void> {
  const [, digest = 'none'] = /"buildkit":"[^"]*(@[^"]+)"/.exec(images) ?? [];
  const format = '--format={{.ID}} {{.Image}} {{.Command}}';
  const created = await runDocker(engine, [
    'container',
    'ls',
    '--all',
    '--no-trunc',
    '--filter=status=created',
    format,
  ]);
  const probes = (created ?? '').split('\n').filter((line) => line.includes(`${digest} "/bin/true"`));
  for (const probe of probes) await runDocker(engine, ['container', 'rm', probe.split(' ')[0] ?? '']);
}

// Deploys and checks with the programs and the kubeconfig of this machine's user.

/** Commands at a time. They mostly wait for a cluster. */
const COMMANDS_AT_ONCE = 4;

export function createCommandRunner(environment: NodeJS.ProcessEnv): CommandRunner {
  const { PATH = '/usr/bin:/bin', HOME = tmpdir(), KUBECONFIG } = environment;
  return createBuildspecBuilder<CommandVariables>({
    buildspec: 'command',
    programs: {},
    env: { PATH, HOME, ...(KUBECONFIG === undefined ? {} : { KUBECONFIG }) },
    concurrency: COMMANDS_AT_ONCE,
    faultOfMachine: async () => undefined,
  });
}
