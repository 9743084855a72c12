/** Builds with the Docker engine of this machine by running the very buildspec that CodeBuild runs. */
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { bundleJobTool } from '../../buildspecs/job/bundle';
import { JOB_ENV } from '../../core/job-env';
import { type BuildspecResult, runBuildspec } from './buildspec-runner';
import { type DockerEngine, dockerAnswers, runDocker } from './docker-engine';
import type { BuildEnd, ImageBuilder, ImageJob, JobVariables } from './image-builder';

const BUILDSPEC = join(__dirname, '../../buildspecs/image.yml');
/** How much of a log's last line fits into a message. */
const LAST_LINE_LENGTH = 200;

export interface DockerBuilderOptions {
  readonly engine: DockerEngine;
  /** Where the job tool is written. */
  readonly toolFile: string;
}

/** What all jobs share: the buildspec's text, and a folder with the programs that it calls by name. */
interface Workshop {
  readonly buildspec: string;
  readonly programs: string;
}

export function createDockerBuilder({ engine, toolFile }: DockerBuilderOptions): ImageBuilder {
  let opened: Promise<Workshop> | undefined;
  const open = () => {
    opened ??= openWorkshop(engine, toolFile);
    return opened;
  };
  return {
    concurrency: availableParallelism() + 2,
    build: async (job) => {
      const { buildspec, programs } = await open();
      const env = environmentOf(job.variables, engine, programs);
      const end = await endOf(await runBuildspec({ ...job, buildspec, env }), job, engine);
      // The registry has it. A build machine is thrown away after a job; this one would fill up.
      if (end.status === 'SUCCEEDED') await runDocker(engine, ['image', 'rm', '--', job.variables[JOB_ENV.candidate]]);
      return end;
    },
    close: async () => {
      const workshop = await opened?.catch(() => undefined);
      if (workshop !== undefined) await rm(workshop.programs, { recursive: true, force: true });
    },
  };
}

/** Names exactly this Docker client and this Node, whatever else lies in their folders. */
async function openWorkshop(engine: DockerEngine, toolFile: string): Promise<Workshop> {
  await bundleJobTool(toolFile);
  const programs = await mkdtemp(join(tmpdir(), 'image-programs-'));
  await symlink(engine.client, join(programs, 'docker'));
  await symlink(process.execPath, join(programs, 'node'));
  return { buildspec: await readFile(BUILDSPEC, 'utf8'), programs };
}

function environmentOf(variables: JobVariables, engine: DockerEngine, programs: string): Record<string, string> {
  const path = [programs, engine.env.PATH ?? '/usr/bin:/bin'].join(delimiter);
  return { HOME: tmpdir(), ...engine.env, ...variables, PATH: path };
}

async function endOf(
  result: BuildspecResult,
  { logFile, timeoutMs }: ImageJob,
  engine: DockerEngine,
): Promise<BuildEnd> {
  if (result.kind === 'succeeded') return { status: 'SUCCEEDED' };
  const phase = result.phase.toUpperCase();
  if (result.kind !== 'failed') {
    const stopped = result.kind === 'stopped';
    const message = stopped ? 'the run was stopped' : `not done after ${Math.round(timeoutMs / 1000)} s`;
    return { status: stopped ? 'STOPPED' : 'TIMED_OUT', phase, message };
  }
  if (!(await dockerAnswers(engine))) {
    const message = `the Docker engine behind ${engine.client} does not answer any more; start it, then start the run again`;
    return { status: 'FAULT', phase, message };
  }
  const last = await lastLine(logFile);
  return { status: 'FAILED', phase, message: `exit code ${result.exitCode}: ${last.slice(0, LAST_LINE_LENGTH)}` };
}

/** The last line that the build itself wrote. */
async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('--- ')).at(-1) ?? 'the log is empty';
}
