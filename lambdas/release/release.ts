/** The release step: gives every image of the plan its version, all or nothing. The only writer of release repositories. */
import type { BuildFacts } from '../../core/build-facts';
import {
  ERROR_NAMES,
  type Plan,
  type PlannedService,
  type ReleasedService,
  type ReleaseRecord,
  type ReleaseRequest,
  type ReleaseResult,
} from '../../core/contract';
import { isDigest } from '../../core/image/grammar';
import { contentTag, objectKeys } from '../../core/keys';
import { failedBuilds } from '../../core/plan/failed-builds';
import type { Claims, Clock, ImageRegistry, Manifest, ObjectStore, RepositoryName } from '../../core/ports';
import type { Settings } from '../../core/settings';
import { buildFactsOf } from '../../core/version/version-lock';
import { explainFailures } from '../explain-failures';
import { whyNotPullable } from '../pullable';
import { readStored } from '../stored';
import { checkPulls } from './check-pulls';
import { claimVersion } from './claim-version';
import { findBuildFacts } from './find-build-facts';
import { bringManifest, keptManifest, type SeenManifest, type Shelves, seeManifest } from './find-manifest';
import { forAll } from './for-all';

export interface ReleaseDependencies {
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
    const manifest = await seeManifest(to, tag, shelves);
    if (manifest?.digest === reference) return { service, manifest, reference: tag, from, to };
  }
  const manifest = await seeManifest(from, reference, shelves);
  if (manifest === undefined) throw missing(from, reference);
  return { service, manifest, reference, from, to };
}

async function findImage(image: Seen, dependencies: ReleaseDependencies): Promise<Found> {
  const { service, manifest: seen, from } = image;
  const manifest = await bringManifest(from, seen, dependencies);
  if (manifest === undefined) throw missing(from, seen.digest);
  return { ...image, manifest, facts: await findBuildFacts(service, manifest, from, dependencies) };
}

function missing({ host, repository }: RepositoryName, reference: string): Error {
  return new Error(
    `${host}/${repository} has no ${reference}; it was there or was to be built by this run, so start the run again`,
  );
}

/** Makes the image present in its release repository, and findable by content. Without effect if it is there. */
async function publishContent({ service, manifest, reference, from, to }: Found, shelves: Shelves): Promise<void> {
  const { registry, store } = shelves;
  if (from !== to) await registry.copyContent(from, to, manifest, (digest) => keptManifest(store, digest));
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
