/** Calls on manifests by HEAD, GET and PUT, and on configs: exact bytes, every digest checked (distribution-spec). */
import * as z from 'zod';
import {
  firstImageOf,
  isManifestType,
  MANIFEST_TYPES,
  type ManifestLinks,
  readManifestLinks,
} from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import type { Clock } from '../../core/ports/store';
import { BrokenReplyError, UnusableReplyError } from '../http/http-error';
import { discardBody, type HttpReply, readBytes } from '../http/http-request';
import { checkReference, digestOf } from './check-reference';
import { pull, push } from './client/authorizer';
import { notePulls, perClient, type RegistryClient } from './client/registry-client';

export interface RegistryDependencies {
  readonly client: RegistryClient;
  readonly clock: Clock;
}

/** Registries, too, refuse larger manifests (distribution-spec, "Pushing Manifests"). In bytes. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

/**
 * All four types by name: docker-registry answers 404 for a manifest whose type is not listed. The last entry makes other registries send
 * what they have, which is then refused by its type and not as missing.
 */
const ACCEPT = [...MANIFEST_TYPES, '*/*;q=0.1'].join(', ');

const headDigests = perClient(() => new Map<string, string>());

/** Returns the digest that this client last saw under the reference; undefined if none. */
export function lastDigest(client: RegistryClient, name: RepositoryName, reference: string): string | undefined {
  return headDigests(client).get(keyOf(name, reference));
}

function keyOf({ host, repository }: RepositoryName, reference: string): string {
  return `${host}/${repository}:${reference}`;
}

/** Returns the manifest's digest, by HEAD (which Docker Hub does not count as a pull); undefined if there is none. */
export async function headManifest(
  client: RegistryClient,
  name: RepositoryName,
  reference: string,
  options: { readonly tries?: number; readonly scopes?: readonly string[] } = {},
): Promise<string | undefined> {
  checkReference(name, reference);
  const found = await client.send(
    {
      host: name.host,
      target: `${name.repository}/manifests/${reference}`,
      scopes: [pull(name.repository)],
      method: 'HEAD',
      headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
      expect: [200, 404],
      ...options,
    },
    (reply) => {
      notePulls(client, name.host, reply);
      return { exists: reply.status === 200, digest: reply.headers.get('docker-content-digest') };
    },
  );
  if (!found.exists) return undefined;
  const { digest } = found;
  const isUsable = digest !== null && isDigest(digest) && (!isDigest(reference) || digest === reference);
  // Some registries leave the header out or garble it. The body is proof by itself.
  const seen = isUsable ? digest : (await fetchManifest(client, name, reference))?.digest;
  if (seen !== undefined && !isDigest(reference)) headDigests(client).set(keyOf(name, reference), seen);
  return seen;
}

/** Returns the manifest with its exact bytes; undefined if there is none. */
export async function fetchManifest(
  client: RegistryClient,
  name: RepositoryName,
  reference: string,
): Promise<Manifest | undefined> {
  checkReference(name, reference);
  return client.call(
    {
      host: name.host,
      target: `${name.repository}/manifests/${reference}`,
      scopes: [pull(name.repository)],
      method: 'GET',
      headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
      expect: [200, 404],
    },
    async (reply) => {
      notePulls(client, name.host, reply);
      if (reply.status === 200) return readManifest(reply, reference);
      discardBody(reply);
      return undefined;
    },
  );
}

async function readManifest(reply: HttpReply, reference: string): Promise<Manifest> {
  const bytes = await readBytes(reply, LARGEST_MANIFEST);
  const mediaType = (reply.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const announced = reply.headers.get('docker-content-digest');
  const expected = isDigest(reference) ? reference : announced;
  const digest = digestOf(bytes, expected ?? undefined);
  if (SCHEMA_1.test(mediaType)) throw new UnusableReplyError('SCHEMA_1', SCHEMA_1_MESSAGE);
  if (expected !== null && digest !== expected) {
    throw new BrokenReplyError(`the manifest's bytes have digest ${digest}, not ${expected.slice(0, 140)}`);
  }
  if (announced !== null && announced !== digest && digestOf(bytes, announced) !== announced) {
    throw new BrokenReplyError(`the registry calls the manifest ${announced.slice(0, 140)}, its bytes have ${digest}`);
  }
  if (!isManifestType(mediaType)) {
    const found = mediaType.slice(0, 80) || 'no type';
    const message = `the host answered with ${found} instead of a manifest; check that it is a registry`;
    throw new UnusableReplyError('NOT_A_MANIFEST', message);
  }
  const manifest: Manifest = { bytes, mediaType, digest };
  const links = linksOf(manifest);
  if (links.mediaType !== undefined && links.mediaType !== mediaType) {
    const message = `the registry gives the manifest type ${mediaType}, its bytes say ${links.mediaType.slice(0, 80)}`;
    throw new UnusableReplyError('MEDIA_TYPE', message);
  }
  return manifest;
}

/** Signed or not. The digest of a signed one leaves its signature out, so that the bytes do not have it. */
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;

const SCHEMA_1_MESSAGE =
  'the image has a manifest of schema 1, which is no longer supported; build it again with a current Docker, or convert it with skopeo copy --format v2s2';

/** Sends one PUT of the exact bytes, without reading back. Returns the `OCI-Subject` header of the reply. */
export async function sendManifest(
  client: RegistryClient,
  name: RepositoryName,
  reference: string,
  manifest: Manifest,
): Promise<string | null> {
  return client.send(
    {
      host: name.host,
      target: `${name.repository}/manifests/${reference}`,
      scopes: [push(name.repository)],
      method: 'PUT',
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      expect: [200, 201, 202],
    },
    (reply) => {
      notePulls(client, name.host, reply);
      return reply.headers.get('oci-subject');
    },
  );
}

/** Reads of some registries lag behind their writes, by 20 s at most as far as known. In ms. */
const LONGEST_LAG = 30_000;

/** The wait between two looks doubles from the first to the longest, in ms. */
const FIRST_LOOK_AGAIN = 200;

const LONGEST_LOOK_AGAIN = 2_000;

/** Looks again while a read may lag behind an accepted write, for half a minute at most. Returns what was found last. */
export async function lookAgain<Found>(
  look: () => Promise<Found>,
  mayLag: (found: Found) => boolean,
  clock: Clock,
): Promise<Found> {
  const end = clock.now() + LONGEST_LAG;
  for (let wait = FIRST_LOOK_AGAIN; ; wait = Math.min(2 * wait, LONGEST_LOOK_AGAIN)) {
    const found = await look();
    if (!mayLag(found) || clock.now() >= end) return found;
    await clock.sleep(wait);
  }
}

/** Looks until the expected digest is there, and returns the last one found. None, or `stale` from before the write, may be a read that lags. */
export function awaitDigest(
  look: () => Promise<string | undefined>,
  expected: string,
  stale: string | undefined,
  clock: Clock,
): Promise<string | undefined> {
  return lookAgain(look, (found) => found === undefined || (found === stale && found !== expected), clock);
}

const links = new WeakMap<Manifest, ManifestLinks>();

/**
 * As `readManifestLinks`, once for each manifest: a copy and a put need what a fetch has just checked. Manifests are known by identity, not
 * by digest, so that one that only claims a known digest is read itself. Throws `InvalidInput` if it cannot be copied.
 */
export function linksOf(manifest: Manifest): ManifestLinks {
  const known = links.get(manifest) ?? readManifestLinks(manifest.bytes, manifest.mediaType);
  links.set(manifest, known);
  return known;
}

/** Larger than any that Docker makes, in bytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024;

const CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

const ConfigDescriptor = z.object({ mediaType: z.string(), digest: z.string().refine(isDigest) });

const ImageManifest = z.object({ config: ConfigDescriptor.optional() });

/** Returns the bytes of the image's config, of an index that of its first image; undefined if there is none. */
export async function fetchConfig(
  client: RegistryClient,
  name: RepositoryName,
  manifest: Manifest,
): Promise<Buffer | undefined> {
  const child = firstImageOf(manifest.bytes);
  const image = child === undefined ? manifest : await fetchManifest(client, name, child);
  // An index of indexes has no config here: to follow every one could go on for long.
  const { config } = ImageManifest.safeParse(JSON.parse(String(image?.bytes ?? '{}'))).data ?? {};
  return config === undefined || !CONFIG_TYPES.includes(config.mediaType)
    ? undefined
    : fetchSmallBlob(client, name, config.digest);
}

/** Returns the bytes of a blob of at most 4 MiB, checked against its digest; undefined if there is none. */
export function fetchSmallBlob(
  client: RegistryClient,
  name: RepositoryName,
  digest: string,
): Promise<Buffer | undefined> {
  const call = {
    host: name.host,
    target: `${name.repository}/blobs/${digest}`,
    scopes: [pull(name.repository)],
    method: 'GET',
    headers: { 'accept-encoding': 'identity' },
    expect: [200, 404],
  } as const;
  return client.call(call, async (reply) => {
    if (reply.status === 404) {
      discardBody(reply);
      return undefined;
    }
    const bytes = await readBytes(reply, LARGEST_CONFIG);
    if (digestOf(bytes, digest) !== digest) throw new BrokenReplyError(`the blob's bytes are not ${digest}`);
    return bytes;
  });
}
