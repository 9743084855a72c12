/** The publish step: puts the package of a module's build into its package index, once per content. The only writer of the indexes. */
import * as z from 'zod';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { PublishRequest, PublishResult } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedModule } from '../../core/contract/plan';
import { readJobTimes } from '../../core/estimate/job-times';
import { BUILT_FACTS, type BuiltPackage, isWholeRelease } from '../../core/modules/ecosystem';
import { ecosystemOf } from '../../core/modules/ecosystems';
import { openIndex, type PackageIndex, type PackageIndexes } from '../../core/ports/packages';
import type { Claims, ObjectStore } from '../../core/ports/store';
import { readStored } from '../shared/stored';

export interface PublishDependencies {
  readonly store: ObjectStore;
  readonly packages: PackageIndexes;
  readonly claims: Claims;
}

/**
 * Publishes only the package that the catalog names, and only under the planned version, because builds run code of the
 * repository. Throws `PackageIndexError`.
 */
export async function publishStep(request: PublishRequest, dependencies: PublishDependencies): Promise<PublishResult> {
  const times = readJobTimes(request.build);
  const result = { ...(await publish(request, dependencies)), ...(times === undefined ? {} : { times }) };
  await dependencies.store.put(objectKeys.published(request.run, request.module), JSON.stringify(result));
  return result;
}

async function publish(
  request: PublishRequest,
  { store, packages, claims }: PublishDependencies,
): Promise<PublishResult> {
  const plan = await readStored<Plan>(store, objectKeys.plan(request.run));
  const planned = plannedModule(request, plan);
  const { kind = 'python', package: name, version } = planned;
  const ecosystem = ecosystemOf(planned);
  const { path = '', contentDigest } = planned;
  const index = openIndex(packages, kind, { path, commit: plan.commit, contentDigest, run: request.run });
  if (index === undefined) throw refused(planned, `the deployed app publishes no packages of the kind ${kind}`);
  await claim(planned, request.run, { index, claims });
  const before = await index.files(name, version);
  if (isWholeRelease(ecosystem, before)) return { package: name, version };

  const folder = objectKeys.packages(request.run, planned.name);
  const built = await readBuilt(planned, folder, store);
  for (const part of ecosystem.parts) {
    if (before.some((file) => ecosystem.partOf(file) === part)) continue;
    const bytes = await store.get(`${folder}${part}`);
    if (bytes === undefined) throw refused(planned, `the build left no ${part}`);
    await index.add(name, version, { name: built[part] ?? '', bytes });
  }
  if (!isWholeRelease(ecosystem, await index.files(name, version))) {
    throw refused(planned, `the index accepted ${version}, but lacks a file of it; start the run again`);
  }
  return { package: name, version };
}

/** Binds the version to its content, once and for ever. A development version has its content in its name. */
async function claim(
  planned: PlannedModule,
  run: string,
  { index, claims }: Pick<PublishDependencies, 'claims'> & { readonly index: PackageIndex },
): Promise<void> {
  const { package: name, version, contentDigest } = planned;
  const { claimName, isDevelopment } = ecosystemOf(planned);
  if (isDevelopment(version)) return;
  const image = claimName(name);
  if ((await claims.find(image, version)) === undefined && (await index.files(name, version)).length > 0) {
    throw refused(planned, `the index has ${version}, which no run has claimed; start the run again`);
  }
  const bound = await claims.claim({ image, version, digest: contentDigest, run });
  if (bound.digest === contentDigest) return;
  throw refused(planned, `run ${bound.run} has given ${version} to other content; start the run again`);
}

function plannedModule({ module, contentDigest }: PublishRequest, plan: Plan): PlannedModule {
  const planned = plan.modules?.find(({ name }) => name === module);
  if (planned?.contentDigest === contentDigest) return planned;
  const message = `the plan of ${plan.run} has no module ${module} with the content ${contentDigest}; nothing was published`;
  throw new PipelineError(ERROR_NAMES.packageIndex, message);
}

/** Reads what the build says that it made, and checks it as strictly as if the build had not. */
async function readBuilt(planned: PlannedModule, folder: string, store: ObjectStore): Promise<BuiltPackage> {
  const body = await store.get(`${folder}${BUILT_FACTS}`);
  if (body === undefined) throw refused(planned, `the build left no ${BUILT_FACTS}`);
  try {
    const { builtPackage, parts } = ecosystemOf(planned);
    const facts = z.strictObject(Object.fromEntries(['version', ...parts].map((key) => [key, z.string()])));
    const built = facts.parse(JSON.parse(body.toString('utf8')));
    return builtPackage(
      parts.map((part) => built[part] ?? ''),
      planned,
    );
  } catch (error) {
    throw refused(planned, messageOf(error));
  }
}

function refused({ name }: PlannedModule, why: string): PipelineError {
  return new PipelineError(ERROR_NAMES.packageIndex, `module ${name} was not published: ${why}`);
}
