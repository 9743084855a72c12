/** Modules that a real tool builds and the publish step publishes, for the suites of the kinds of packages. */
import { join } from 'node:path';
import { createDiskObjectStore } from '../../../adapters/disk/disk-store';
import type { BuildOutcome } from '../../../core/contract/job';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedModule } from '../../../core/contract/plan';
import type { PackageIndexes } from '../../../core/ports/packages';
import type { Claims } from '../../../core/ports/store';
import { buildOutcome } from '../../../core/report/outcome';
import { publishStep } from '../../../lambdas/publish/publish';
import type { ModuleTool } from '../../../local/build/build-tools';
import { codeBuildIn } from '../../local/build/code-build-fixture';
import { type ModuleRequest, startModuleRequest } from '../../local/build/start-module-request';
import { createMemoryClaims } from '../pipeline/memory-state';

const storeIn = (folder: string) => createDiskObjectStore(join(folder, 'objects'));

interface Built extends Omit<ModuleRequest, 'packages'> {
  readonly run: string;
  /** The tool that builds, by its kind. */
  readonly tool: { readonly [Kind in 'npm' | 'maven' | 'go']?: ModuleTool };
}

/** Builds and tests as the build machine does, with everything in the folder. Returns the outcome of a build that failed. */
export async function buildModule(folder: string, { tool, ...request }: Built): Promise<BuildOutcome | undefined> {
  const { run, module } = request;
  const codeBuild = codeBuildIn(folder, tool);
  const packages = storeIn(folder).location(objectKeys.packages(run, module));
  try {
    await codeBuild.startBuild(startModuleRequest({ ...request, packages }));
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return buildOutcome({ service: module, error: { Error: name, Cause: message } });
  } finally {
    await codeBuild.close();
  }
}

interface Published extends Pick<Plan, 'run'> {
  readonly planned: Pick<PlannedModule, 'name' | 'kind' | 'package' | 'version' | 'contentDigest' | 'path'>;
  readonly packages: PackageIndexes;
  /** The plan's commit. Only tags need it. */
  readonly commit?: string;
  readonly claims?: Claims;
}

/** Publishes what `buildModule` left in the folder. */
export async function publishModule(
  folder: string,
  { run, planned, packages, commit = '', claims = createMemoryClaims() }: Published,
) {
  const store = storeIn(folder);
  const module: PlannedModule = { ...planned, action: 'publish', stage: 'services', minutes: 1, reasons: [] };
  await store.put(objectKeys.plan(run), JSON.stringify({ run, commit, modules: [module] } as Partial<Plan>));
  const { name, contentDigest } = planned;
  return publishStep({ run, module: name, contentDigest }, { store, packages, claims });
}
