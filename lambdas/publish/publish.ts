/** The publish step: puts the package of a module's build into the package index, once per content. The only writer of the index. */
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { PublishRequest, PublishResult } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedModule } from '../../core/contract/plan';
import {
  BUILT_OBJECTS,
  BuiltPackage,
  builtPackage,
  isWholeRelease,
  parsePackageFile,
  versionSuffix,
} from '../../core/modules/package';
import type { PackageIndex } from '../../core/ports/packages';
import type { ObjectStore } from '../../core/ports/store';
import { readStored } from '../shared/stored';

export interface PublishDependencies {
  readonly store: ObjectStore;
  readonly packages: PackageIndex;
}

/**
 * Publishes only the package that the catalog names, and only under a version of the planned content, because builds run code of the
 * repository. The wheel comes last, because installers prefer it. Throws `PackageIndexError`.
 */
export async function publishStep(request: PublishRequest, dependencies: PublishDependencies): Promise<PublishResult> {
  const result = await publish(request, dependencies);
  await dependencies.store.put(objectKeys.published(request.run, request.module), JSON.stringify(result));
  return result;
}

async function publish(request: PublishRequest, { store, packages }: PublishDependencies): Promise<PublishResult> {
  const planned = plannedModule(request, await readStored<Plan>(store, objectKeys.plan(request.run)));
  const suffix = versionSuffix(planned.contentDigest);
  const before = await packages.find(planned.package, suffix);
  if (before !== undefined && isWholeRelease(before.files)) {
    return { package: planned.package, version: before.version };
  }

  const folder = objectKeys.packages(request.run, planned.name);
  const built = await readBuilt(planned, folder, store);
  // A module that computes its version can have had another one when an earlier run broke off.
  const there = before?.version === built.version ? before.files : [];
  for (const kind of ['sdist', 'wheel'] as const) {
    if (there.some((file) => parsePackageFile(file)?.kind === kind)) continue;
    const bytes = await store.get(`${folder}${BUILT_OBJECTS[kind]}`);
    if (bytes === undefined) throw refused(planned, `the build left no ${kind}`);
    await packages.add(planned.package, built.version, { name: built[kind], bytes });
  }
  const after = await packages.find(planned.package, suffix);
  if (after === undefined || !isWholeRelease(after.files)) {
    throw refused(planned, `the index accepted ${built.version}, but lacks a file of it; start the run again`);
  }
  return { package: planned.package, version: after.version };
}

function plannedModule({ module, contentDigest }: PublishRequest, plan: Plan): PlannedModule {
  const planned = plan.modules?.find(({ name }) => name === module);
  if (planned?.contentDigest === contentDigest) return planned;
  const message = `the plan of ${plan.run} has no module ${module} with the content ${contentDigest}; nothing was published`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}

/** Reads what the build says that it made, and checks it as strictly as if the build had not. */
async function readBuilt(planned: PlannedModule, folder: string, store: ObjectStore): Promise<BuiltPackage> {
  const body = await store.get(`${folder}${BUILT_OBJECTS.facts}`);
  if (body === undefined) throw refused(planned, `the build left no ${BUILT_OBJECTS.facts}`);
  try {
    const { wheel, sdist } = BuiltPackage.parse(JSON.parse(body.toString('utf8')));
    return builtPackage([wheel, sdist], planned);
  } catch (error) {
    throw refused(planned, messageOf(error));
  }
}

function refused({ name }: PlannedModule, why: string): PipelineError {
  return new PipelineError(ERROR_NAMES.packageIndex, `module ${name} was not published: ${why}`);
}
