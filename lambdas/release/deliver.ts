/**
 * Puts the released images into the registry that their environment pulls from: first the content of all, then their versions, then a look at
 * each. Every part is skipped where it is done already, so a call that broke off is just repeated (docs/decisions/022).
 */
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type {
  DeliverRequest,
  DeliverStep,
  ProbeRequest,
  ProbeResult,
  ReleasedService,
  ReleaseRecord,
  ReleaseRequest,
  ReleaseResult,
} from '../../core/contract/release';
import { isDigest } from '../../core/image/reference';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { environmentNamed } from '../../core/settings/environment';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { EnvironmentRegistry } from '../../core/settings/registry/registry-schema';
import type { Settings } from '../../core/settings/schema';
import { readStored } from '../shared/stored';
import { copyAttached } from './copy-attached';
import { cachedManifest, findManifest, whyNotPullable } from './find-manifest';
import { forAll } from './for-all';
import { probeRegistry, refuseUnusable } from './probe';
import { type ReleaseDependencies, releaseStep } from './release';

interface DeliverDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Everything that the release function is asked for. */
export type AnyReleaseRequest = ReleaseRequest | DeliverRequest | ProbeRequest;

/** Gives all images their versions, or takes care of the environment's own registry, as the request asks. */
export function releaseOrDeliver(
  request: AnyReleaseRequest,
  dependencies: ReleaseDependencies,
): Promise<ReleaseResult | DeliverStep | ProbeResult> {
  if (!('phase' in request)) return releaseStep(request, dependencies);
  if (request.phase === 'probe') return probeRegistry(request, dependencies);
  return request.phase === 'check' ? checkRegistry(request, dependencies) : deliverStep(request, dependencies);
}

const DONE: DeliverStep = { next: 'done', seconds: 0, until: 0, delivered: 0 };

/**
 * Looks up every image of the plan in the environment's registry before anything is built. Throws the errors of all images together: a
 * registry that cannot be reached or refuses the login, and versions that other images have there.
 */
async function checkRegistry({ run }: DeliverRequest, dependencies: DeliverDependencies): Promise<DeliverStep> {
  const { settings, registry, store } = dependencies;
  const plan = await readStored<Plan>(store, objectKeys.plan(run));
  const target = environmentNamed(settings, plan.environment).registry;
  if (target === undefined) return DONE;
  const services = plan.services.filter(({ action }) => action !== 'keep');
  const [first] = services;
  if (first === undefined) return DONE;
  await refuseUnusable(target, first.image, registry).catch((error: unknown) => {
    const message = `the registry of environment ${plan.environment} cannot be used, and nothing was built: ${messageOf(error)}`;
    throw new PipelineError(ERROR_NAMES.registry, message, { cause: error });
  });
  const failed = `cannot be put into the registry of environment ${plan.environment}, and nothing was built`;
  await forAll(services, failed, async (service) => {
    const { image, version } = service;
    const to = repositoryIn(target, image);
    const reference = version.kind === 'exact' ? version.version : version.kind === 'next' ? version.line : undefined;
    const reason = target.arrives === 'copy' ? await registry.whyNotWritable?.(to) : undefined;
    if (reason !== undefined) throw new PipelineError(ERROR_NAMES.registry, reason);
    const found = reference === undefined ? undefined : await registry.head(to, reference);
    const digest = digestOf(service);
    if (version.kind === 'exact' && found !== undefined && digest !== undefined) {
      refuseOther(to, version.version, found, digest);
    }
  });
  return DONE;
}

/** Returns the digest that the image will have; undefined if it is yet to be built or found by its tag. */
function digestOf({ origin }: PlannedService): string | undefined {
  return origin.kind === 'released' && isDigest(origin.reference) ? origin.reference : undefined;
}

/** Seconds between two looks. ECR replicates most images in less than half an hour. */
const LOOK_EVERY = 15;

/** Copies are not begun any more after so long, in ms. A function ends after 15 minutes, which leaves 6 for those that were begun. */
const BEGIN_WITHIN = 9 * 60_000;

/** Images that are copied at a time. Their layers go through this process in constant memory. */
const COPIES_AT_ONCE = 8;

/**
 * Puts all images of the release record into the environment's registry. Throws `RegistryError` if they are not there in time, and
 * `VersionTaken` if a version has another image there. No version is given before the content of all images is complete.
 */
export async function deliverStep(
  { run, until }: Pick<DeliverRequest, 'run' | 'until'>,
  dependencies: DeliverDependencies,
): Promise<DeliverStep> {
  const { settings, store, clock } = dependencies;
  const record = await readStored<ReleaseRecord>(store, objectKeys.release(run));
  const target = environmentNamed(settings, record.environment).registry;
  if (target === undefined) return DONE;
  const began = clock.now();
  const end = until ?? began + target.minutes * 60_000;
  const failed = `could not be put into the registry of environment ${record.environment}`;
  const isReplicated = target.arrives === 'replication';
  const arrive = isReplicated ? awaitImage : copyImage;
  const copied = await forAll(
    record.services,
    failed,
    async (service) =>
      clock.now() - began < BEGIN_WITHIN && arrive(service, placesOf(service, target, settings), dependencies),
    COPIES_AT_ONCE,
  );
  const delivered = copied.filter((isThere) => isThere).length;
  if (delivered < copied.length) {
    if (clock.now() >= end) throw tooLate(record, target, copied);
    return { next: 'wait', seconds: isReplicated ? LOOK_EVERY : 1, until: end, delivered };
  }
  await forAll(record.services, failed, (service) =>
    tagImage(service, placesOf(service, target, settings), dependencies),
  );
  return { next: 'done', seconds: 0, until: end, delivered };
}

/** The release repository of an image, and its repository in the environment's registry. */
interface Places {
  readonly from: RepositoryName;
  readonly to: RepositoryName;
}

function placesOf({ image }: ReleasedService, target: EnvironmentRegistry, { releases }: Settings): Places {
  return { from: repositoryIn(releases, image), to: repositoryIn(target, image) };
}

/** Returns true once the replicated image has its version there. */
async function awaitImage(
  service: ReleasedService,
  places: Places,
  { registry }: DeliverDependencies,
): Promise<boolean> {
  const found = await replicatedDigest(service, places, registry);
  if (found !== undefined) refuseOther(places.to, service.version, found, service.digest);
  return found !== undefined;
}

/** Copies an image with everything that refers to it. Its manifest comes last, so that a registry that has it has everything. */
async function copyImage(
  { version, digest }: ReleasedService,
  { from, to }: Places,
  { registry, store, settings }: DeliverDependencies,
): Promise<true> {
  const tagged = await registry.head(to, version);
  if (tagged !== undefined) refuseOther(to, version, tagged, digest);
  if (tagged !== undefined || (await registry.head(to, digest)) !== undefined) {
    if (settings.signing !== undefined) await copyAttached(from, to, digest, registry);
    return true;
  }
  const manifest = await findManifest(from, digest, { registry, store });
  if (manifest === undefined) {
    const message = `${nameOf(from)} has no ${digest}, which this run released; start the run again`;
    throw new PipelineError(ERROR_NAMES.imageMissing, message);
  }
  await registry.copyContent(from, to, manifest, (child) => cachedManifest(store, child));
  await registry.put(to, digest, manifest);
  return true;
}

/** Gives the image its version, and looks at version and parts as a cluster would. */
async function tagImage(
  { version, digest }: ReleasedService,
  { to }: Places,
  { registry, store }: DeliverDependencies,
): Promise<void> {
  const tagged = await registry.head(to, version);
  if (tagged === undefined) {
    const manifest = await findManifest(to, digest, { registry, store });
    if (manifest !== undefined) await registry.put(to, version, manifest);
  }
  const reason = await whyNotPullable(to, version, digest, { registry, store });
  if (reason === undefined) return;
  throw new PipelineError(ERROR_NAMES.registry, `${reason}; start the run again, unless another client writes there`);
}

function refuseOther(to: RepositoryName, version: string, found: string, digest: string): void {
  if (found === digest) return;
  const message = `${nameOf(to)}:${version} is ${found} and cannot become ${digest}; a version is given once, so choose the next one`;
  throw new PipelineError(ERROR_NAMES.versionTaken, message);
}

const GOES_ON = 'Start the run again, which goes on where this one ended';

const NOT_REPLICATED =
  'Check that a rule of the registry of the releases covers them (aws ecr describe-registry) and that a policy there allows ecr:ReplicateImage, start the run again';

function tooLate(
  { services, environment }: ReleaseRecord,
  { host, minutes, arrives }: EnvironmentRegistry,
  copied: readonly boolean[],
): PipelineError {
  const missing = services.filter((_, index) => copied[index] !== true).map(({ name }) => name);
  const message = `after ${minutes} minutes ${host} lacks ${missing.length} of ${services.length} images of environment ${environment}: ${missing.join(', ')}; no values file was changed. ${arrives === 'copy' ? GOES_ON : NOT_REPLICATED}, or raise registry.minutes of the environment`;
  return new PipelineError(ERROR_NAMES.registry, message);
}

function nameOf({ host, repository }: RepositoryName): string {
  return `${host}/${repository}`;
}

/**
 * Returns the digest that the version has in the environment's registry, or undefined if it is not there yet. ECR replicates what is pushed, tags
 * included, under the same repository name (AmazonECR user guide, "Private image replication"). Throws `RegistryError` if ECR has given up.
 */
async function replicatedDigest(
  { version, digest }: ReleasedService,
  { from, to }: Places,
  registry: ImageRegistry,
): Promise<string | undefined> {
  const found = await registry.head(to, version);
  if (found !== undefined) return found;
  const failure = await registry.whyNotReplicated?.(from, digest, to.host);
  if (failure === undefined) return undefined;
  const { host, repository } = to;
  const message = `ECR did not replicate ${from.host}/${repository}:${version} to ${host}: ${failure}; fix that, then push the image there once, since ECR replicates an image only when it is pushed: crane copy ${from.host}/${repository}:${version} ${host}/${repository}:${version}`;
  throw new PipelineError(ERROR_NAMES.registry, message);
}
