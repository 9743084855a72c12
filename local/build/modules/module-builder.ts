/** Builds modules by the tools of this machine, each kind by its own. */
import { availableParallelism } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { MODULE_KINDS, type ModuleKind } from '../../../core/contract/job';
import { MODULE_JOB_ENV } from '../../../core/contract/job-environment';
import type { ModuleTools } from '../build-tools';
import type { ModuleBuilder, ModuleVariables } from '../builder';
import { createBuildspecBuilder } from '../buildspec-builder';
import { createEmbeddedModuleBuilder } from './embedded-module-builder';

/** Creates a builder of all kinds. The embedded builder builds those whose tool is not given. `toolFile` takes the job tool. */
export function createModuleBuilder(tools: ModuleTools, toolFile: string): ModuleBuilder {
  const embedded = createEmbeddedModuleBuilder();
  const builders: Readonly<Record<ModuleKind, ModuleBuilder>> = {
    python: toolBuilder(tools.python, toolFile) ?? embedded,
    npm: toolBuilder(tools.npm, toolFile) ?? embedded,
    maven: toolBuilder(tools.maven, toolFile) ?? embedded,
    go: toolBuilder(tools.go, toolFile) ?? embedded,
  };
  const isReal = Object.values(builders).some((builder) => builder !== embedded);
  return {
    concurrency: isReal ? availableParallelism() : embedded.concurrency,
    build: (job) => {
      const kind = MODULE_KINDS.find((each) => each === job.variables[MODULE_JOB_ENV.kind]);
      return (kind === undefined ? embedded : builders[kind]).build(job);
    },
    close: async () => {
      await Promise.all([...new Set([embedded, ...Object.values(builders)])].map((builder) => builder.close()));
    },
  };
}

/** Runs the buildspec of modules with the tool, as CodeBuild does. */
function toolBuilder(tool: ModuleTools[ModuleKind], toolFile: string): ModuleBuilder | undefined {
  if (tool === undefined) return undefined;
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
