/** A builder of the newest BuildKit for the small builds by which inputs and digests are compared. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DockerBuild } from '../../support/docker/docker-context-build';
import { COPYING_IMAGE } from '../../support/docker/docker-context-cases';
import { openBuildkitJobs } from './buildkit-jobs';

const run = promisify(execFile);

export interface InputsBuilder {
  readonly build: DockerBuild;
  /** Removes the builder, and stops the engine. */
  close(): Promise<void>;
}

/** Starts an engine with a builder. Its cases find the image with `cp`. */
export async function openInputsBuilder(): Promise<InputsBuilder> {
  const jobs = await openBuildkitJobs();
  const hub = `${jobs.registry.host}/hub`;
  const image = `image=${hub}/moby/buildkit@${jobs.images.buildkit}`;
  const options = ['--driver=docker-container', `--driver-opt=${image}`, '--driver-opt=network=host', '--bootstrap'];
  await jobs.docker('buildx', 'create', '--name=inputs', ...options);
  const tools = `--build-context=${COPYING_IMAGE}=docker-image://${hub}/library/tools@${jobs.images.tools}`;
  const { env } = jobs.engine;
  return {
    // The plug-in by itself, without the client in front of it, saves a third of the time.
    build: (args) => run(jobs.programs.paths.buildx, ['build', '--builder=inputs', tools, ...args], { env }),
    close: async () => {
      await jobs.docker('buildx', 'rm', 'inputs');
      await jobs.close();
    },
  };
}
