/** Finds a manifest without pulling it twice: Docker Hub counts every GET of a manifest as a pull, but no HEAD. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { BuildFacts } from '../../core/contract/image';
import { objectKeys } from '../../core/contract/keys';
import type { PlannedService } from '../../core/contract/plan';
import { dayOf, readBuildFacts } from '../../core/image/build-label';
import { firstImageOf } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { buildFactsOf } from '../../core/version/version-lock';

/** What is kept of a manifest, as JSON. */
const KeptManifest = z.object({ mediaType: z.string().min(1), bytes: z.base64() });

type KeptManifest = Readonly<z.infer<typeof KeptManifest>>;

/** Where manifests are looked for. */
export interface ManifestSources {
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
}

/** A manifest that is there. Without `kept` its bytes have to be pulled. */
export interface SeenManifest {
  readonly digest: string;
  readonly kept: Manifest | undefined;
}

/**
 * The manifest under a tag or digest, or undefined if the registry has none. Its bytes come from the object store if they were seen
 * before; else they are pulled once and kept.
 */
export async function findManifest(
  name: RepositoryName,
  reference: string,
  shelves: ManifestSources,
): Promise<Manifest | undefined> {
  const seen = await headManifest(name, reference, shelves);
  return seen === undefined ? undefined : fetchManifest(name, seen, shelves);
}

/** Looks for the manifest, which no registry counts. */
export async function headManifest(
  name: RepositoryName,
  reference: string,
  { registry, store }: ManifestSources,
): Promise<SeenManifest | undefined> {
  const digest = await registry.head(name, reference);
  return digest === undefined ? undefined : { digest, kept: await cachedManifest(store, digest) };
}

/** The bytes of a manifest that was seen: one pull, unless they are kept. */
export async function fetchManifest(
  name: RepositoryName,
  { digest, kept }: SeenManifest,
  { registry, store }: ManifestSources,
): Promise<Manifest | undefined> {
  if (kept !== undefined) return kept;
  const manifest = await registry.get(name, digest);
  if (manifest !== undefined) {
    const body: KeptManifest = { mediaType: manifest.mediaType, bytes: manifest.bytes.toString('base64') };
    await store.put(objectKeys.manifest(digest), JSON.stringify(body));
  }
  return manifest;
}

/** The manifest whose bytes were seen before. What is kept and cannot be used is as good as nothing: it is pulled again. */
export async function cachedManifest(store: ObjectStore, digest: string): Promise<Manifest | undefined> {
  const body = await store.get(objectKeys.manifest(digest));
  const kept = body === undefined ? undefined : KeptManifest.safeParse(parse(body)).data;
  if (kept === undefined) return undefined;
  const manifest = { mediaType: kept.mediaType, bytes: Buffer.from(kept.bytes, 'base64'), digest };
  // Bytes that do not have their digest would give the version to something else.
  const found = `sha256:${createHash('sha256').update(manifest.bytes).digest('hex')}`;
  return found === digest ? manifest : undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

// Finds out how an image was built: by this run, as the version lock has it, or else as the image itself says.

interface BuildFactsDependencies {
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** `from` is where the manifest was found. */
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
  const config = await registry.config(from, await imageOf(manifest, from, { registry, store }));
  const said = config === undefined ? {} : readBuildFacts(config);
  // Builds that are made to look alike tell no date, or always the same one.
  const built = later(planned.built, said.built) ?? (origin.kind === 'candidate' ? today : undefined);
  return buildFactsOf({ ...planned, ...said, ...(built === undefined ? {} : { built }) });
}

/** Of an index its first image, which is pulled once and kept as every manifest is: the registry's `config` would pull it each time. */
async function imageOf(
  manifest: Manifest,
  from: RepositoryName,
  shelves: { readonly registry: ImageRegistry; readonly store: ObjectStore },
): Promise<Manifest> {
  const child = firstImageOf(manifest.bytes);
  return (child === undefined ? undefined : await findManifest(from, child, shelves)) ?? manifest;
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}
