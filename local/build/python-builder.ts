/** Builds modules with the Python of this machine, as CodeBuild does. */
import { availableParallelism } from 'node:os';
import { delimiter, dirname } from 'node:path';
import type { ModuleBuilder, ModuleVariables } from './builder';
import { createBuildspecBuilder } from './buildspec-builder';
import type { Python } from './python';

export interface PythonBuilderOptions {
  readonly python: Python;
  /** Where the job tool is written. */
  readonly toolFile: string;
}

export function createPythonBuilder({ python, toolFile }: PythonBuilderOptions): ModuleBuilder {
  return createBuildspecBuilder<ModuleVariables>({
    buildspec: 'module',
    toolFile,
    programs: {},
    // By its folder and not by a link: an environment finds the library of the Python that it was made with beside that.
    env: { ...python.env, PATH: [dirname(python.path), '/usr/bin', '/bin'].join(delimiter) },
    concurrency: availableParallelism(),
    faultOfMachine: async () => undefined,
  });
}
