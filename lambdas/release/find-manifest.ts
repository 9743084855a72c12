/** Finds a manifest without pulling it twice: Docker Hub counts every GET of a manifest as a pull, but no HEAD. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { objectKeys } from '../../core/keys';
import type { ImageRegistry, Manifest, ObjectStore, RepositoryName } from '../../core/ports';

/** What is kept of a manifest, as JSON. */
const KeptManifest = z.object({ mediaType: z.string().min(1), bytes: z.base64() });
type KeptManifest = Readonly<z.infer<typeof KeptManifest>>;

/** Where manifests are looked for. */
export interface Shelves {
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
  shelves: Shelves,
): Promise<Manifest | undefined> {
  const seen = await seeManifest(name, reference, shelves);
  return seen === undefined ? undefined : bringManifest(name, seen, shelves);
}

/** Looks for the manifest, which no registry counts. */
export async function seeManifest(
  name: RepositoryName,
  reference: string,
  { registry, store }: Shelves,
): Promise<SeenManifest | undefined> {
  const digest = await registry.head(name, reference);
  return digest === undefined ? undefined : { digest, kept: await keptManifest(store, digest) };
}

/** The bytes of a manifest that was seen: one pull, unless they are kept. */
export async function bringManifest(
  name: RepositoryName,
  { digest, kept }: SeenManifest,
  { registry, store }: Shelves,
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
export async function keptManifest(store: ObjectStore, digest: string): Promise<Manifest | undefined> {
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
