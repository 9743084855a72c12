/** The release step: gives every image of the plan its version, all or nothing. The only writer of release repositories. */

import pLimit from 'p-limit';
import { ERROR_NAMES, type ErrorName, messageOf, PipelineError } from '../../core/contract/errors';
import type { BuildFacts } from '../../core/contract/image';
import { contentTag, objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type { ReleasedService, ReleaseRecord, ReleaseRequest, ReleaseResult } from '../../core/contract/release';
import { tooFewPulls } from '../../core/image/exhausted-rate-limit';
import { isDigest } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { Claims, Clock, ObjectStore } from '../../core/ports/store';
import { failedBuilds } from '../../core/report/outcome';
import type { Settings } from '../../core/settings/schema';
import { buildFactsOf } from '../../core/version/version-lock';
import { explainFailures } from '../shared/explain-failures';
import { whyNotPullable } from '../shared/pullable';
import { readStored } from '../shared/stored';
import { claimVersion } from './claim-version';
import {
  cachedManifest,
  fetchManifest,
  findBuildFacts,
  headManifest,
  type ManifestSources,
  type SeenManifest,
} from './find-manifest';

interface ReleaseDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly claims: Claims;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** An image seen where the plan said, and the repository its release goes to. */
interface Seen {
  readonly service: PlannedService;
  readonly manifest: SeenManifest;
  /** The tag or digest under which it was seen. */
  readonly reference: string;
  readonly from: RepositoryName;
  readonly to: RepositoryName;
}

/** The same with its bytes, and how it was built. */
interface Found extends Omit<Seen, 'manifest'> {
  readonly manifest: Manifest;
  readonly facts: BuildFacts;
}

/**
 * Throws `BuildsFailed` before anything is written if a job failed, `ImageMissing` if an image is not where the plan says,
 * `VersionTaken` if a version is bound to other content. What was written by then is found again by the next run.
 */
export async function releaseStep(request: ReleaseRequest, dependencies: ReleaseDependencies): Promise<ReleaseResult> {
  const failure = failedBuilds(await explainFailures(request.run, request.builds, dependencies.store));
  if (failure !== undefined) throw failure;
  const plan = await readStored<Plan>(dependencies.store, objectKeys.plan(request.run));
  const services = plan.services.filter((service) => service.action !== 'keep');
  const isRollback = plan.action === 'rollback';
  const released = isRollback
    ? await restore(plan, services, dependencies)
    : await publish(plan, services, dependencies);
  const record: ReleaseRecord = {
    schema: 1,
    run: plan.run,
    action: plan.action,
    commit: plan.commit,
    ref: plan.ref,
    environment: plan.environment,
    ...(plan.platformVersion === undefined ? {} : { platformVersion: plan.platformVersion }),
    ...(plan.rollbackTo === undefined ? {} : { rollbackTo: plan.rollbackTo }),
    services: released,
  };
  await dependencies.store.put(objectKeys.release(plan.run), JSON.stringify(record));
  return { tagged: isRollback ? 0 : released.length };
}

/** Versions that exist are looked at, not given: that their images can be pulled is all that a rollback needs. */
function restore(
  plan: Plan,
  services: readonly PlannedService[],
  { settings, registry, store }: ReleaseDependencies,
): Promise<ReleasedService[]> {
  const { host, namespace } = settings.releases;
  return forAll(services, ERROR_NAMES.imageMissing, async (service) => {
    const version = service.version.kind === 'exact' ? service.version.version : '';
    const digest = service.origin.kind === 'released' ? service.origin.reference : '';
    const name = { host, repository: `${namespace}/${service.image}` };
    const reason = await whyNotPullable(name, version, digest, { registry, store });
    if (reason !== undefined) throw new Error(reason);
    return releasedService(plan, service, digest, version, service);
  });
}

async function publish(
  plan: Plan,
  services: readonly PlannedService[],
  dependencies: ReleaseDependencies,
): Promise<ReleasedService[]> {
  const seen = await forAll(services, ERROR_NAMES.imageMissing, (service) => seeImage(service, dependencies));
  checkPulls(seen, dependencies.registry);
  const found = await forAll(seen, ERROR_NAMES.imageMissing, (image) => findImage(image, dependencies));
  await forAll(found, ERROR_NAMES.registry, (image) => publishContent(image, dependencies));
  const versions = await forAll(found, ERROR_NAMES.versionTaken, (image) =>
    claimVersion(image.service, image.to, image.manifest.digest, plan.run, dependencies),
  );
  await forAll(found, ERROR_NAMES.registry, async ({ to, manifest }, index) => {
    const claimed = versions[index];
    if (claimed !== undefined && !claimed.isTagged) await dependencies.registry.put(to, claimed.version, manifest);
  });
  return found.map(({ service, manifest, facts }, index) =>
    releasedService(plan, service, manifest.digest, versions[index]?.version ?? '', facts),
  );
}

async function seeImage(service: PlannedService, { settings, registry, store }: ReleaseDependencies): Promise<Seen> {
  const { origin } = service;
  const { host, namespace } = settings.releases;
  const to = { host, repository: `${namespace}/${service.image}` };
  const from = origin.kind === 'candidate' ? settings.candidates : to;
  const reference = origin.kind === 'candidate' ? origin.tag : origin.reference;
  const shelves = { registry, store };
  // What was released by its digest most often has its content tag, too: seen under that, neither has to be looked at again.
  const [tag] = isDigest(reference) ? contentTags(service) : [];
  if (tag !== undefined) {
    const manifest = await headManifest(to, tag, shelves);
    if (manifest?.digest === reference) return { service, manifest, reference: tag, from, to };
  }
  const manifest = await headManifest(from, reference, shelves);
  if (manifest === undefined) throw missing(from, reference);
  return { service, manifest, reference, from, to };
}

async function findImage(image: Seen, dependencies: ReleaseDependencies): Promise<Found> {
  const { service, manifest: seen, from } = image;
  const manifest = await fetchManifest(from, seen, dependencies);
  if (manifest === undefined) throw missing(from, seen.digest);
  return { ...image, manifest, facts: await findBuildFacts(service, manifest, from, dependencies) };
}

function missing({ host, repository }: RepositoryName, reference: string): Error {
  return new Error(
    `${host}/${repository} has no ${reference}; it was there or was to be built by this run, so start the run again`,
  );
}

/** Makes the image present in its release repository, and findable by content. Without effect if it is there. */
async function publishContent(
  { service, manifest, reference, from, to }: Found,
  shelves: ManifestSources,
): Promise<void> {
  const { registry, store } = shelves;
  if (from !== to) await registry.copyContent(from, to, manifest, (digest) => cachedManifest(store, digest));
  for (const tag of contentTags(service)) {
    if (from === to && tag === reference) continue;
    if ((await registry.head(to, tag)) !== manifest.digest) await registry.put(to, tag, manifest);
  }
}

/** The tags by which later plans find the image; none for one that was made of something else than the plan's commit has. */
function contentTags({ made, inputDigest, contentKey = inputDigest }: PlannedService): readonly string[] {
  return made === undefined ? [...new Set([inputDigest, contentKey])].map(contentTag) : [];
}

function releasedService(
  plan: Plan,
  service: PlannedService,
  digest: string,
  version: string,
  facts: BuildFacts,
): ReleasedService {
  return {
    name: service.name,
    image: service.image,
    version,
    digest,
    inputDigest: service.made?.inputDigest ?? service.inputDigest,
    source: service.made?.source ?? plan.commit,
    values: service.values,
    followsPlatform: service.followsPlatform,
    ...buildFactsOf(facts),
  };
}

// Refuses a release that a limit of pulls would break off in the middle.

/** `seen` has been looked at, by which the registry said how many pulls are left. Throws `RegistryError` if they are too few. */
function checkPulls(
  seen: readonly { readonly from: RepositoryName; readonly manifest: SeenManifest }[],
  registry: ImageRegistry,
): void {
  const needed = new Map<string, number>();
  for (const { from, manifest } of seen) {
    if (manifest.kept === undefined) needed.set(from.host, (needed.get(from.host) ?? 0) + 1);
  }
  for (const [host, count] of needed) {
    const problem = tooFewPulls(host, count, registry.pullsLeft?.(host));
    if (problem !== undefined) {
      throw new PipelineError(ERROR_NAMES.registry, `${problem}; nothing was pulled and nothing written`);
    }
  }
}

// Work on all services of a release, and one error for all that failed.

/** Services at a time. ECR allows 10 PutImage a second; the registry adapter keeps to each host's rate. */
const SERVICES_AT_ONCE = 16;

/** Does the work for every item, some at a time, to the end; then throws one error that lists all failures, or returns all results. */
async function forAll<Item extends { readonly service: PlannedService } | PlannedService, Result>(
  items: readonly Item[],
  errorName: ErrorName,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit(SERVICES_AT_ONCE);
  const results = await Promise.allSettled(items.map((item, index) => limit(() => work(item, index))));
  const failures = results.flatMap((result, index) => {
    const item = items[index];
    if (result.status === 'fulfilled' || item === undefined) return [];
    const name = 'service' in item ? item.service.name : item.name;
    return [{ text: `  ${name}: ${messageOf(result.reason)}`, reason: result.reason as unknown }];
  });
  const first = failures[0];
  if (first !== undefined) {
    const name = first.reason instanceof PipelineError ? (first.reason.name as ErrorName) : errorName;
    const message = `${failures.length} of ${items.length} images could not be given their version; no values file was changed:\n`;
    throw new PipelineError(name, message + failures.map((failure) => failure.text).join('\n'), {
      cause: first.reason,
    });
  }
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
