/** The release step: gives every image of the plan its version, all or nothing. The only writer of release repositories. */
import pLimit from 'p-limit';
import {
  ERROR_NAMES,
  type ErrorName,
  type Plan,
  type PlannedService,
  type ReleasedService,
  type ReleaseRecord,
  type ReleaseRequest,
  type ReleaseResult,
} from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import { contentTag, objectKeys } from '../../core/keys';
import { failedBuilds } from '../../core/plan/failed-builds';
import type { Claims, ImageRegistry, Manifest, ObjectStore, RepositoryName } from '../../core/ports';
import type { Settings } from '../../core/settings';
import { readStored } from '../stored';
import { claimVersion } from './claim-version';
import { findManifest } from './find-manifest';

export interface ReleaseDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly claims: Claims;
  readonly store: ObjectStore;
}

/** Services at a time. ECR allows 10 PutImage a second; the registry adapter keeps to each host's rate. */
const SERVICES_AT_ONCE = 16;

/** An image found where the plan said, and the repository its release goes to. */
interface Found {
  readonly service: PlannedService;
  readonly manifest: Manifest;
  readonly from: RepositoryName;
  readonly to: RepositoryName;
}

/**
 * Throws `BuildsFailed` before anything is written if a job failed, `ImageMissing` if an image is not where the plan says,
 * `VersionTaken` if a version is bound to other content. What was written by then is found again by the next run.
 */
export async function releaseStep(request: ReleaseRequest, dependencies: ReleaseDependencies): Promise<ReleaseResult> {
  const failure = failedBuilds(request.builds);
  if (failure !== undefined) throw failure;
  const plan = await readStored<Plan>(dependencies.store, objectKeys.plan(request.run));
  const services = plan.services.filter((service) => service.action !== 'keep');

  const found = await forAll(services, ERROR_NAMES.imageMissing, (service) => findImage(service, dependencies));
  await forAll(found, ERROR_NAMES.registry, (image) => publishContent(image, dependencies.registry));
  const versions = await forAll(found, ERROR_NAMES.versionTaken, (image) =>
    claimVersion(image.service, image.to, image.manifest.digest, plan.run, dependencies),
  );
  const released = found.map((image, index) => releasedService(plan, image, versions[index] ?? ''));
  await forAll(found, ERROR_NAMES.registry, ({ to, manifest }, index) =>
    putVersion(to, versions[index] ?? '', manifest, dependencies.registry),
  );

  const record: ReleaseRecord = {
    schema: 1,
    run: plan.run,
    action: plan.action,
    commit: plan.commit,
    ref: plan.ref,
    ...(plan.platformVersion === undefined ? {} : { platformVersion: plan.platformVersion }),
    services: released,
  };
  await dependencies.store.put(objectKeys.release(plan.run), JSON.stringify(record));
  return { tagged: released.length };
}

async function findImage(service: PlannedService, { settings, registry, store }: ReleaseDependencies): Promise<Found> {
  const { origin } = service;
  const { host, namespace } = settings.releases;
  const to = { host, repository: `${namespace}/${service.image}` };
  const from = origin.kind === 'candidate' ? settings.candidates : to;
  const reference = origin.kind === 'candidate' ? origin.tag : origin.reference;
  const manifest = await findManifest(from, reference, { registry, store });
  if (manifest === undefined) {
    throw new Error(
      `${from.host}/${from.repository} has no ${reference}; it was there or was to be built by this run, so start the run again`,
    );
  }
  return { service, manifest, from, to };
}

/** Makes the image present in its release repository, and findable by content. Without effect if it is there. */
async function publishContent({ service, manifest, from, to }: Found, registry: ImageRegistry): Promise<void> {
  if (from !== to) await registry.copyContent(from, to, manifest);
  if (service.stale !== undefined) return;
  const tag = contentTag(service.inputDigest);
  if ((await registry.head(to, tag)) !== manifest.digest) await registry.put(to, tag, manifest);
}

async function putVersion(
  to: RepositoryName,
  version: string,
  manifest: Manifest,
  registry: ImageRegistry,
): Promise<void> {
  if ((await registry.head(to, version)) === manifest.digest) return;
  await registry.put(to, version, manifest);
}

function releasedService(plan: Plan, { service, manifest }: Found, version: string): ReleasedService {
  return {
    name: service.name,
    image: service.image,
    version,
    digest: manifest.digest,
    inputDigest: service.stale?.inputDigest ?? service.inputDigest,
    source: service.stale?.source ?? plan.commit,
    values: service.values,
    followsPlatform: service.followsPlatform,
  };
}

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
