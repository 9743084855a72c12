/**
 * Keeps manifests by digest in the object store: Docker Hub counts each GET of a manifest as a pull, but no HEAD, so that a release
 * of images seen before costs none.
 */
import * as z from 'zod';
import { isDigest } from '../../core/image/grammar';
import type { ImageRegistry, Manifest, ObjectStore } from '../../core/ports';
import { digestOf } from './digest';

const Kept = z.object({ mediaType: z.string().min(1), body: z.base64() });

/** The registry, whose `get` asks for the digest first, and for the manifest only if its bytes are not kept. */
export function keepManifests(registry: ImageRegistry, store: ObjectStore): ImageRegistry {
  return {
    ...registry,
    get: async (name, reference) => {
      // The registry is asked in any case: what is kept says nothing about what is still there.
      const digest = await registry.head(name, reference);
      if (digest === undefined) return undefined;
      const kept = await readKept(store, digest);
      if (kept !== undefined) return kept;
      const manifest = await registry.get(name, isDigest(reference) ? reference : digest);
      if (manifest !== undefined) await store.put(keyOf(manifest.digest), print(manifest));
      return manifest;
    },
  };
}

async function readKept(store: ObjectStore, digest: string): Promise<Manifest | undefined> {
  const text = await store.get(keyOf(digest));
  const kept = text === undefined ? undefined : Kept.safeParse(parse(text)).data;
  if (kept === undefined) return undefined;
  const bytes = Buffer.from(kept.body, 'base64');
  return digestOf(bytes, digest) === digest ? { bytes, mediaType: kept.mediaType, digest } : undefined;
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function print({ bytes, mediaType }: Manifest): string {
  return JSON.stringify({ mediaType, body: bytes.toString('base64') });
}

/** Not among a run's keys: a manifest belongs to no run. */
function keyOf(digest: string): string {
  return `manifests/${digest.replace(':', '-')}.json`;
}
