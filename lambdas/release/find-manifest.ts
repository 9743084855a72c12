/** Finds a manifest without pulling it twice: Docker Hub counts every GET of a manifest as a pull, but no HEAD. */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { BuildFacts } from '../../core/contract/image';
import { objectKeys } from '../../core/contract/keys';
import type { PlannedService } from '../../core/contract/plan';
import { dayOf, readBuildFacts } from '../../core/image/build-label';
import { firstImageOf, readManifestLinks } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { parseJson } from '../../core/text/json';
import { buildFactsOf } from '../../core/version/version-lock';

/** A manifest in the object store, as JSON. */
const CachedManifest = z.object({ mediaType: z.string().min(1), bytes: z.base64() });

/** The registry, and the object store that caches its manifests. */
export interface ManifestSources {
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
}

/** The digest of a manifest that the registry has. `cached` has its bytes, if the object store does. */
export interface ManifestHead {
  readonly digest: string;
  readonly cached: Manifest | undefined;
}

/** Returns where the plan says that an image is: as a candidate, or in its release repository. */
export function plannedImage(
  { origin, image }: Pick<PlannedService, 'origin' | 'image'>,
  { releases, candidates }: Pick<Settings, 'releases' | 'candidates'>,
): { readonly from: RepositoryName; readonly reference: string } {
  return origin.kind === 'candidate'
    ? { from: candidates, reference: origin.tag }
    : { from: repositoryIn(releases, image), reference: origin.reference };
}

/** Returns the manifest under a tag or digest, or undefined if the registry has none. Pulls it once and caches it. */
export async function findManifest(
  name: RepositoryName,
  reference: string,
  sources: ManifestSources,
): Promise<Manifest | undefined> {
  const head = await headManifest(name, reference, sources);
  return head === undefined ? undefined : fetchManifest(name, head, sources);
}

/** Looks a manifest up by HEAD, which no registry counts. Returns undefined if there is none. */
export async function headManifest(
  name: RepositoryName,
  reference: string,
  { registry, store }: ManifestSources,
): Promise<ManifestHead | undefined> {
  const digest = await registry.head(name, reference);
  return digest === undefined ? undefined : { digest, cached: await cachedManifest(store, digest) };
}

/** Returns the bytes of a manifest that was looked up: one pull, unless they are cached. */
export async function fetchManifest(
  name: RepositoryName,
  { digest, cached }: ManifestHead,
  { registry, store }: ManifestSources,
): Promise<Manifest | undefined> {
  if (cached !== undefined) return cached;
  const manifest = await registry.get(name, digest);
  if (manifest !== undefined) await keepManifest(store, manifest);
  return manifest;
}

/** Caches a manifest. */
export async function keepManifest(store: ObjectStore, { digest, mediaType, bytes }: Manifest): Promise<void> {
  await store.put(objectKeys.manifest(digest), JSON.stringify({ mediaType, bytes: bytes.toString('base64') }));
}

/** Returns a manifest from the cache. An entry that cannot be used counts as missing, so that the manifest is pulled again. */
export async function cachedManifest(store: ObjectStore, digest: string): Promise<Manifest | undefined> {
  const body = await store.get(objectKeys.manifest(digest));
  const entry = CachedManifest.safeParse(body && parseJson(body.toString('utf8'))).data;
  if (entry === undefined) return undefined;
  const manifest = { mediaType: entry.mediaType, bytes: Buffer.from(entry.bytes, 'base64'), digest };
  // Other bytes than those of the digest would give the version to another image.
  const found = `sha256:${createHash('sha256').update(manifest.bytes).digest('hex')}`;
  return found === digest ? manifest : undefined;
}

interface BuildFactsDependencies extends ManifestSources {
  readonly clock: Pick<Clock, 'now'>;
}

/** Finds out how an image was built: by this run, as the version lock records it, or as the image says. `from` has the manifest. */
export async function findBuildFacts(
  service: PlannedService,
  manifest: Manifest,
  from: RepositoryName,
  { registry, store, clock }: BuildFactsDependencies,
): Promise<BuildFacts> {
  const { action, origin } = service;
  const planned = buildFactsOf(service);
  const today = dayOf(clock.now());
  if (action === 'build') return { ...planned, built: today };
  if (origin.kind === 'released' && isDigest(origin.reference)) return planned;
  const config = await registry.config(from, await firstImage(manifest, from, { registry, store }));
  const labelled = config === undefined ? {} : readBuildFacts(config);
  // Reproducible builds have no date, or always the same one.
  const built = later(planned.built, labelled.built) ?? (origin.kind === 'candidate' ? today : undefined);
  return buildFactsOf({ ...planned, ...labelled, built });
}

/** Returns the first image of an index, from the cache after the first pull: the registry's `config` would pull it each time. */
async function firstImage(manifest: Manifest, from: RepositoryName, sources: ManifestSources): Promise<Manifest> {
  const child = firstImageOf(manifest.bytes);
  return (child === undefined ? undefined : await findManifest(from, child, sources)) ?? manifest;
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

/** Returns the reason why an image cannot be pulled as recorded; undefined if it can. `digest` is the recorded one of the tag. */
export async function whyNotPullable(
  name: RepositoryName,
  reference: string,
  digest: string,
  sources: ManifestSources,
): Promise<string | undefined> {
  const place = `${name.host}/${name.repository}`;
  const found = await sources.registry.head(name, reference);
  if (found === undefined) return `${place} has no ${reference}`;
  if (found !== digest) return `${place}:${reference} is ${found}, but was recorded as ${digest}`;
  const missing = await missingPart(name, digest, sources);
  return missing === undefined ? undefined : `${place}:${reference} lacks its part ${missing}`;
}

async function missingPart(
  name: RepositoryName,
  digest: string,
  sources: ManifestSources,
): Promise<string | undefined> {
  const manifest = await findManifest(name, digest, sources);
  if (manifest === undefined) return digest;
  for (const child of readManifestLinks(manifest.bytes, manifest.mediaType).manifests) {
    const missing = await missingPart(name, child.digest, sources);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
