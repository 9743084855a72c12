/** Builds images with the Docker engine of this machine, as CodeBuild does. */
import { availableParallelism } from 'node:os';
import { JOB_ENV } from '../../core/job-env';
import type { ImageBuilder, ImageVariables } from './builder';
import { createBuildspecBuilder } from './buildspec-builder';
import { type DockerEngine, dockerAnswers, runDocker } from './docker-engine';

export interface DockerBuilderOptions {
  readonly engine: DockerEngine;
  /** Where the job tool is written. */
  readonly toolFile: string;
}

export function createDockerBuilder({ engine, toolFile }: DockerBuilderOptions): ImageBuilder {
  const builder = createBuildspecBuilder<ImageVariables>({
    buildspec: 'image',
    toolFile,
    programs: { docker: engine.client },
    env: engine.env,
    concurrency: availableParallelism() + 2,
    faultOfMachine: async () =>
      (await dockerAnswers(engine))
        ? undefined
        : `the Docker engine behind ${engine.client} does not answer any more; start it, then start the run again`,
  });
  return {
    ...builder,
    build: async (job) => {
      const end = await builder.build(job);
      // The registry has it. A build machine is thrown away after a job; this one would fill up.
      if (end.status === 'SUCCEEDED') await runDocker(engine, ['image', 'rm', '--', job.variables[JOB_ENV.candidate]]);
      return end;
    },
  };
}
