/** The release step: gives every image of the plan its version, all or nothing. The only writer of release repositories. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { BuildFacts } from '../../core/contract/image';
import { contentTag, objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type {
  GivenApproval,
  ReleasedService,
  ReleaseRecord,
  ReleaseRequest,
  ReleaseResult,
  TaggedImage,
} from '../../core/contract/release';
import { tooFewPulls } from '../../core/image/exhausted-rate-limit';
import { isDigest } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { OpenSigner } from '../../core/ports/signer';
import type { Claims, Clock, ObjectStore } from '../../core/ports/store';
import { readApproval, refuseOwnApproval } from '../../core/report/approval';
import { failedBuilds } from '../../core/report/outcome';
import { environmentNamed } from '../../core/settings/environment';
import { environmentRegistries, repositoryIn } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { buildFactsOf } from '../../core/version/version-lock';
import { explainFailures, readStored } from '../shared/stored';
import { claimVersion } from './claim-version';
import {
  cachedManifest,
  fetchManifest,
  findBuildFacts,
  headManifest,
  type ManifestHead,
  type ManifestSources,
  plannedImage,
  whyNotPullable,
} from './find-manifest';
import { forAll } from './for-all';
import { openSigning } from './sign-images';

export interface ReleaseDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly claims: Claims;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Absent if images are not signed. */
  readonly openSigner?: OpenSigner | undefined;
}

/** An image that the registry has where the plan says, and the repository of its release. */
interface LocatedImage {
  readonly service: PlannedService;
  readonly head: ManifestHead;
  /** The tag or digest by which it was found. */
  readonly reference: string;
  readonly from: RepositoryName;
  readonly to: RepositoryName;
}

/** The same image with its bytes, and how it was built. */
interface FetchedImage extends LocatedImage {
  readonly manifest: Manifest;
  readonly facts: BuildFacts;
}

/**
 * Before anything is written, throws `BuildsFailed` if a job failed, and `NotApproved` if the wrong person approved. Throws `ImageMissing` if an
 * image is not at the place in the plan, and `VersionTaken` if a version is bound to another image. The next run completes what was written.
 */
export async function releaseStep(request: ReleaseRequest, dependencies: ReleaseDependencies): Promise<ReleaseResult> {
  const failure = failedBuilds(await explainFailures(request.run, request.builds, dependencies.store));
  if (failure !== undefined) throw failure;
  const plan = await readStored<Plan>(dependencies.store, objectKeys.plan(request.run));
  const approval = readApproval(request.approval);
  if (approval !== undefined) refuseOwnApproval(approvalRule(plan, dependencies.settings), approval);
  const services = plan.services.filter((service) => service.action !== 'keep');
  const isRollback = plan.action === 'rollback';
  const released = isRollback
    ? await restore(plan, services, dependencies)
    : await publish(plan, services, approval, dependencies);
  const { run, action, commit, valuesCommit, ref, environment } = plan;
  const { platformVersion, rollbackTo, rollbackOf, startedBy } = plan;
  const about = { run, action, commit, valuesCommit, ref, environment, platformVersion, rollbackTo, rollbackOf };
  const modules = releasedModules(plan);
  const record: ReleaseRecord = { schema: 1, ...about, startedBy, approval, services: released, modules };
  await dependencies.store.put(objectKeys.release(plan.run), JSON.stringify(record));
  return { tagged: isRollback ? 0 : released.length };
}

/** Returns the modules of a release. Any other run gives them development versions at most. */
function releasedModules({ action, commit, modules = [] }: Plan): ReleaseRecord['modules'] {
  if (action !== 'release' || modules.length === 0) return undefined;
  return modules.map(({ name, version, contentDigest }) => ({ name, version, contentDigest, source: commit }));
}

function approvalRule({ environment, startedBy }: Plan, settings: Settings): Parameters<typeof refuseOwnApproval>[0] {
  const notByStarter = environmentNamed(settings, environment).approval?.notByStarter ?? false;
  return { environment, notByStarter, startedBy };
}

/** Checks that the versions of a rollback can still be pulled. They exist already, so that no tag is written. */
function restore(
  plan: Plan,
  services: readonly PlannedService[],
  { settings, registry, store }: ReleaseDependencies,
): Promise<ReleasedService[]> {
  return forAll(services, 'cannot be pulled as recorded', async (service) => {
    const version = service.version.kind === 'exact' ? service.version.version : '';
    const digest = service.origin.kind === 'released' ? service.origin.reference : '';
    const name = repositoryIn(settings.releases, service.image);
    const reason = await whyNotPullable(name, version, digest, { registry, store });
    if (reason !== undefined) throw new PipelineError(ERROR_NAMES.imageMissing, reason);
    return releasedService(plan, service, digest, version, service);
  });
}

/** Each phase ends for all images before the next one begins: nothing is written before all were found, and no version is put before all are signed. */
async function publish(
  plan: Plan,
  services: readonly PlannedService[],
  approval: GivenApproval | undefined,
  dependencies: ReleaseDependencies,
): Promise<ReleasedService[]> {
  const { registry, store } = dependencies;
  const what = 'could not be given their version';
  const located = await forAll(services, what, (service) => locateImage(service, dependencies));
  checkPulls(located, registry);
  const images = await forAll(located, what, (image) => fetchImage(image, dependencies));
  const signing = await openSigning(plan, approval, dependencies);
  await forAll(images, what, (image) => publishContent(image, dependencies));
  if (signing !== undefined) await forAll(images, what, signing.sign);
  const claiming = { ...dependencies, sign: signing?.sign };
  const versioned = await forAll(images, what, async (image) => ({
    ...image,
    claimed: await claimVersion(image.service, image.to, image.manifest.digest, plan.run, claiming),
  }));
  if (signing !== undefined) await forAll(versioned, what, signing.state);
  await forAll(versioned, what, async ({ service, to, manifest, claimed: { version, isTagged } }) => {
    if (!isTagged) await registry.put(to, version, manifest);
    // One object for each image: the step can be killed between any two of them.
    const tagged: TaggedImage = { version, digest: manifest.digest };
    await store.put(objectKeys.tagged(plan.run, service.name), JSON.stringify(tagged));
  });
  return versioned.map(({ service, manifest, claimed, facts }) =>
    releasedService(plan, service, manifest.digest, claimed.version, facts),
  );
}

async function locateImage(service: PlannedService, dependencies: ReleaseDependencies): Promise<LocatedImage> {
  const to = repositoryIn(dependencies.settings.releases, service.image);
  const { from, reference } = plannedImage(service, dependencies.settings);
  // A released image mostly has its content tag, too. One HEAD by that tag finds both.
  const [tag] = isDigest(reference) ? contentTags(service) : [];
  if (tag !== undefined) {
    const head = await headManifest(to, tag, dependencies);
    if (head?.digest === reference) return { service, head, reference: tag, from, to };
  }
  const head = await headManifest(from, reference, dependencies);
  if (head === undefined) throw imageMissing(from, reference);
  return { service, head, reference, from, to };
}

async function fetchImage(image: LocatedImage, dependencies: ReleaseDependencies): Promise<FetchedImage> {
  const { service, head, from } = image;
  const manifest = await fetchManifest(from, head, dependencies);
  if (manifest === undefined) throw imageMissing(from, head.digest);
  return { ...image, manifest, facts: await findBuildFacts(service, manifest, from, dependencies) };
}

function imageMissing({ host, repository }: RepositoryName, reference: string): PipelineError {
  return new PipelineError(
    ERROR_NAMES.imageMissing,
    `${host}/${repository} has no ${reference}, which the plan found or this run built; start the run again`,
  );
}

/** Copies an image to its release repository and gives it its content tags. Writes only what is missing. */
async function publishContent(
  { service, manifest, reference, from, to }: FetchedImage,
  { registry, store }: ManifestSources,
): Promise<void> {
  if (service.origin.kind === 'candidate') {
    await registry.copyContent(from, to, manifest, (digest) => cachedManifest(store, digest));
  }
  for (const tag of contentTags(service)) {
    if (tag === reference) continue;
    if ((await registry.head(to, tag)) !== manifest.digest) await registry.put(to, tag, manifest);
  }
}

/** The tags by which later plans find the image. An image of other content than that of the plan's commit gets none. */
function contentTags({ made, inputDigest, contentKey = inputDigest }: PlannedService): readonly string[] {
  return made === undefined ? [...new Set([inputDigest, contentKey])].map(contentTag) : [];
}

/** Returns true for repositories that the release step writes: one token then allows to read and to write them. */
export function isReleaseRepository(settings: Settings): (name: RepositoryName) => boolean {
  const places = [settings.releases, ...environmentRegistries(settings)];
  return ({ host, repository }) =>
    places.some((place) => host === place.host && repository.startsWith(`${place.namespace}/`));
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

/** Throws `RegistryError` if a registry allows fewer pulls than the release needs, before it would break off in the middle. */
function checkPulls(images: readonly LocatedImage[], registry: ImageRegistry): void {
  const needed = new Map<string, number>();
  for (const { from, head } of images) {
    if (head.cached === undefined) needed.set(from.host, (needed.get(from.host) ?? 0) + 1);
  }
  for (const [host, count] of needed) {
    const problem = tooFewPulls(host, count, registry.pullsLeft?.(host));
    if (problem !== undefined) {
      throw new PipelineError(ERROR_NAMES.registry, `${problem}; nothing was pulled and nothing written`);
    }
  }
}
