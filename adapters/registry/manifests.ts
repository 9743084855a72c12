/** Manifests by HEAD, GET and PUT: exact bytes, every digest checked, every write read back. */

import { isManifestType, MANIFEST_TYPES, type ManifestLinks, readManifestLinks } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import { BrokenReplyError, UnusableReplyError } from '../http/http-error';
import { discardBody, type HttpReply, readBytes } from '../http/http-request';
import { checkReference, digestOf } from './check-reference';
import { notePulls } from './client/per-client';
import type { RegistryClient } from './client/registry-client';
import { pull, push } from './client/scopes';

/** Larger manifests are refused by registries, too (distribution-spec, "Pushing Manifests"). */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

/**
 * All four types by name: docker-registry answers 404 for a manifest that is there but whose type is not listed. The last entry lets
 * other registries give what they have, which is then refused by its type and not as missing.
 */
const ACCEPT = [...MANIFEST_TYPES, '*/*;q=0.1'].join(', ');

/** The manifest's digest, by HEAD (which Docker Hub does not count as a pull); undefined if there is none. */
export async function headManifest(
  client: RegistryClient,
  name: RepositoryName,
  reference: string,
  tries?: number,
): Promise<string | undefined> {
  checkReference(name, reference);
  const found = await client.call(
    {
      host: name.host,
      target: `${name.repository}/manifests/${reference}`,
      scopes: [pull(name.repository)],
      method: 'HEAD',
      headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
      expect: [200, 404],
      ...(tries === undefined ? {} : { tries }),
    },
    async (reply) => {
      notePulls(client, name.host, reply);
      discardBody(reply);
      return { exists: reply.status === 200, digest: reply.headers.get('docker-content-digest') };
    },
  );
  if (!found.exists) return undefined;
  const { digest } = found;
  const isUsable = digest !== null && isDigest(digest) && (!isDigest(reference) || digest === reference);
  // Some registries leave the header out or garble it; the body itself cannot lie.
  return isUsable ? digest : (await getManifest(client, name, reference))?.digest;
}

/** The manifest with its exact bytes; undefined if there is none. */
export async function getManifest(
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

/** One PUT of the exact bytes, not read back. Gives the `OCI-Subject` header of the reply. */
export async function sendManifest(
  client: RegistryClient,
  name: RepositoryName,
  reference: string,
  manifest: Manifest,
): Promise<string | null> {
  return client.call(
    {
      host: name.host,
      target: `${name.repository}/manifests/${reference}`,
      scopes: [push(name.repository)],
      method: 'PUT',
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      expect: [200, 201, 202],
    },
    async (reply) => {
      notePulls(client, name.host, reply);
      discardBody(reply);
      return reply.headers.get('oci-subject');
    },
  );
}

// What a manifest refers to, read once: a copy and a put ask again about what a get has just checked.

/** By the object and not by its bytes or digest, so that a manifest that only claims to be a known one is read for itself. */
const read = new WeakMap<Manifest, ManifestLinks>();

/** As `readManifestLinks`. Throws `InvalidInput` if the manifest is none that can be copied. */
export function linksOf(manifest: Manifest): ManifestLinks {
  const links = read.get(manifest) ?? readManifestLinks(manifest.bytes, manifest.mediaType);
  read.set(manifest, links);
  return links;
}
