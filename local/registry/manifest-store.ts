/** Manifests, tags and referrers of a repository. A manifest is accepted only if the repository has everything that it refers to. */
import { readdir, readFile } from 'node:fs/promises';
import { createFileAtomically, writeFileAtomically } from '../../adapters/disk/atomic-file';
import { ifMissing } from '../../adapters/disk/missing';
import { digestOf } from '../../adapters/registry/check-reference';
import { messageOf } from '../../core/contract/errors';
import { isManifestType, type ManifestLinks, readManifestLinks } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest } from '../../core/ports/registry';
import { blobSize, exists } from './blob-store';
import type { DiskLayout } from './disk-layout';
import { ReplyError } from './reply';

/** Returns the manifest under a tag or digest. Throws `MANIFEST_UNKNOWN`. */
export async function readManifest(layout: DiskLayout, repository: string, reference: string): Promise<Manifest> {
  const digest = isDigest(reference) ? reference : await readLink(layout.tagLink(repository, reference));
  const mediaType = digest === undefined ? undefined : await readLink(layout.manifestLink(repository, digest));
  if (digest === undefined || mediaType === undefined) {
    throw new ReplyError(404, 'MANIFEST_UNKNOWN', `${repository} has no manifest ${reference}`);
  }
  return { bytes: await readFile(layout.blob(digest)), mediaType, digest };
}

/** A stored manifest: its digest, and that of the manifest that it is about, if any. */
export interface StoredManifest {
  readonly digest: string;
  readonly subject?: string;
}

/** Stores exact bytes: content first, links next, the tag last, each in one step. Throws `TAG_INVALID` for an immutable tag of another manifest. */
export async function writeManifest(
  layout: DiskLayout,
  repository: string,
  reference: string,
  {
    mediaType,
    bytes,
    isImmutable,
  }: { readonly mediaType: string; readonly bytes: Buffer; readonly isImmutable: boolean },
): Promise<StoredManifest> {
  const digest = digestOf(bytes, isDigest(reference) ? reference : undefined);
  if (isDigest(reference) && reference !== digest) {
    throw new ReplyError(400, 'DIGEST_INVALID', `the bytes have digest ${digest}, not ${reference}`);
  }
  const links = parse(bytes, mediaType);
  await checkContent(layout, repository, links);
  if (isImmutable) await checkTag(layout, repository, reference, digest);
  if (!(await exists(layout.blob(digest)))) await writeFileAtomically(layout.blob(digest), bytes);
  await writeFileAtomically(layout.manifestLink(repository, digest), mediaType);
  const subject = links.subject?.digest;
  if (subject !== undefined) {
    await writeFileAtomically(`${layout.referrers(repository, subject)}/${digest.replace(':', '-')}`, digest);
  }
  if (!isDigest(reference)) {
    const link = layout.tagLink(repository, reference);
    // Of two who put an immutable tag at the same time, one finds the other's.
    if (!isImmutable) await writeFileAtomically(link, digest);
    else if (!(await createFileAtomically(link, digest))) await checkTag(layout, repository, reference, digest);
  }
  return { digest, ...(subject === undefined ? {} : { subject }) };
}

async function checkTag(layout: DiskLayout, repository: string, tag: string, digest: string): Promise<void> {
  const found = await readLink(layout.tagLink(repository, tag));
  if (found === undefined || found === digest) return;
  const message = `the tag ${tag} exists in ${repository} as ${found} and is immutable`;
  throw new ReplyError(400, 'TAG_INVALID', message);
}

/** Returns all tags in byte order. Throws `NAME_UNKNOWN` if nothing was ever pushed to the repository. */
export async function listTags(layout: DiskLayout, repository: string): Promise<readonly string[]> {
  const tags = await names(layout.tags(repository));
  const found = await Promise.all(
    tags.map(async (tag) => ((await exists(layout.tagLink(repository, tag))) ? [tag] : [])),
  );
  if (found.length === 0 && !(await exists(`${layout.repositories}/${repository}/_layers`))) {
    throw new ReplyError(404, 'NAME_UNKNOWN', `there is no repository ${repository}`);
  }
  return found.flat().sort();
}

/** Returns the manifests whose subject is the digest. */
export async function listReferrers(
  layout: DiskLayout,
  repository: string,
  subject: string,
): Promise<readonly Manifest[]> {
  const entries = await names(layout.referrers(repository, subject));
  const digests = entries.map((entry) => entry.replace('-', ':')).filter(isDigest);
  return Promise.all(digests.sort().map((digest) => readManifest(layout, repository, digest)));
}

function parse(bytes: Buffer, mediaType: string): ManifestLinks {
  if (!isManifestType(mediaType)) {
    throw new ReplyError(400, 'MANIFEST_INVALID', `Content-Type '${mediaType}' is not a manifest type`);
  }
  try {
    const links = readManifestLinks(bytes, mediaType);
    if (links.mediaType === undefined || links.mediaType === mediaType) return links;
  } catch (error) {
    throw new ReplyError(400, 'MANIFEST_INVALID', messageOf(error));
  }
  throw new ReplyError(400, 'MANIFEST_INVALID', `Content-Type '${mediaType}' is not the manifest's own mediaType`);
}

async function checkContent(layout: DiskLayout, repository: string, links: ManifestLinks): Promise<void> {
  const missing = await Promise.all([
    ...links.blobs.map(async ({ digest }) =>
      (await blobSize(layout, repository, digest)) === undefined ? [digest] : [],
    ),
    ...links.manifests.map(async ({ digest }) =>
      (await exists(layout.manifestLink(repository, digest))) ? [] : [digest],
    ),
  ]);
  const digests = missing.flat();
  if (digests.length === 0) return;
  throw new ReplyError(400, 'MANIFEST_BLOB_UNKNOWN', `${repository} does not have ${digests.join(', ')}`);
}

function readLink(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ifMissing(undefined, 'ENOTDIR'));
}

function names(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(ifMissing([]));
}
