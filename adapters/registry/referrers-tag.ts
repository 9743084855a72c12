/** Keeps the tag that lists referrers where the registry does not do it itself: a duty of the client (distribution-spec). */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import { MANIFEST_TYPES } from '../../core/image/media-types';
import type { Manifest, RepositoryName } from '../../core/ports';
import { digestOf } from './digest';
import { digestTag, noteDigestTags } from './digest-tags';
import { sendManifest } from './manifests';
import { perClient } from './per-client';
import { type Referrer, readReferrersTag } from './referrers';
import type { RegistryClient } from './registry-client';

const TRIES = 5;
/** One update at a time for each tag and client: two of them would overwrite each other. */
const updates = perClient(() => new Map<string, Promise<void>>());

/** Makes the tag of `subject` list the manifest, beside all it lists already. Without effect if it does. */
export async function listAsReferrer(
  client: RegistryClient,
  name: RepositoryName,
  subject: string,
  manifest: Manifest,
): Promise<void> {
  const queues = updates(client);
  const key = `${name.host}/${name.repository}@${subject}`;
  const update = (queues.get(key) ?? Promise.resolve()).then(() => addEntry(client, name, subject, manifest));
  queues.set(
    key,
    update.catch(() => undefined),
  );
  await update;
}

/** Reads, adds, writes, and reads again: the registry cannot compare and swap, so another client's write may have won. */
async function addEntry(
  client: RegistryClient,
  name: RepositoryName,
  subject: string,
  manifest: Manifest,
): Promise<void> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const listed = await readReferrersTag(client, name, subject);
    if (listed.some(({ digest }) => digest === manifest.digest)) return;
    await sendManifest(client, name, digestTag(subject), indexOf([...listed, describe(manifest)]));
    noteDigestTags(client, name);
  }
  const listed = await readReferrersTag(client, name, subject);
  if (listed.some(({ digest }) => digest === manifest.digest)) return;
  throw new PipelineError(
    ERROR_NAMES.registry,
    `${name.host}/${name.repository}:${digestTag(subject)} does not list ${manifest.digest} after ${TRIES} tries; ` +
      'somebody else writes it, too, so start the run again',
  );
}

function indexOf(manifests: readonly Referrer[]): Manifest {
  const mediaType = MANIFEST_TYPES[3];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return { bytes, mediaType, digest: digestOf(bytes) };
}

function describe({ bytes, mediaType, digest }: Manifest): Referrer {
  const body = JSON.parse(bytes.toString('utf8')) as {
    readonly artifactType?: string;
    readonly config?: { readonly mediaType?: string };
    readonly annotations?: unknown;
  };
  const artifactType = body.artifactType || body.config?.mediaType;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(body.annotations === undefined ? {} : { annotations: body.annotations }),
  };
}
