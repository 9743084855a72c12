/** Builds modules by the tools of this machine, each kind by its own. */
import { availableParallelism } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { MODULE_KINDS } from '../../../core/contract/job';
import { MODULE_JOB_ENV } from '../../../core/contract/job-environment';
import type { ModuleTool, ModuleTools } from '../build-tools';
import type { ModuleBuilder, ModuleVariables } from '../builder';
import { createBuildspecBuilder } from '../buildspec-builder';
import { createEmbeddedModuleBuilder } from './embedded-module-builder';

/** Creates a builder of all kinds. The embedded builder builds those whose tool is not given. `toolFile` takes the job tool. */
export function createModuleBuilder(tools: ModuleTools, toolFile: string): ModuleBuilder {
  const embedded = createEmbeddedModuleBuilder();
  const builders = new Map<string, ModuleBuilder>();
  for (const kind of MODULE_KINDS) {
    const tool = tools[kind];
    if (tool !== undefined) builders.set(kind, toolBuilder(tool, toolFile));
  }
  return {
    concurrency: builders.size > 0 ? availableParallelism() : embedded.concurrency,
    build: (job) => (builders.get(job.variables[MODULE_JOB_ENV.kind]) ?? embedded).build(job),
    close: async () => {
      await Promise.all([embedded, ...builders.values()].map((builder) => builder.close()));
    },
  };
}

/** Runs the buildspec of modules with the tool, as CodeBuild does. */
function toolBuilder(tool: ModuleTool, toolFile: string): ModuleBuilder {
  return createBuildspecBuilder<ModuleVariables>({
    buildspec: 'module',
    toolFile,
    programs: {},
    // A link would not do: a virtual environment looks for Python's library beside the path that Python was called by, npm for its own files.
    env: { ...tool.env, PATH: [dirname(tool.path), '/usr/bin', '/bin'].join(delimiter) },
    concurrency: availableParallelism(),
    faultOfMachine: async () => undefined,
  });
}
