/**
 * Manifests that are about another one (signatures, attestations): by the referrers API, or by the tag that stands in for it where
 * a registry does not know the API (distribution-spec, "Listing Referrers" and "Unavailable Referrers API").
 */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { MANIFEST_TYPES } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import { UnusableReplyError } from '../http/http-error';
import { discardBody, type HttpReply, readJson } from '../http/http-request';
import { digestOf } from './check-reference';
import { perClient } from './client/per-client';
import type { RegistryClient } from './client/registry-client';
import { pull } from './client/scopes';
import { nextPage, readTagPage } from './list-tags';
import { getManifest, headManifest, sendManifest } from './manifests';

/** As an index lists them; fields that we do not read are kept. */
const Referrer = z.looseObject({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
});

type Referrer = Readonly<z.infer<typeof Referrer>>;

const ReferrerIndex = z.object({ manifests: z.array(Referrer).nullish() });

const INDEX = MANIFEST_TYPES[3];

const LARGEST_PAGE = 4 * 1024 * 1024;

const MOST_PAGES = 100;

/** Hosts that turned out not to know the API, for each client: they are asked once. */
const withoutApi = perClient(() => new Set<string>());

/** What refers to the digest, each once. The repository must be there, or its registry is taken for one without the API. */
export async function listReferrers(
  client: RegistryClient,
  name: RepositoryName,
  digest: string,
): Promise<readonly Referrer[]> {
  const hosts = withoutApi(client);
  if (hosts.has(name.host)) return findTagged(client, name, digest);
  const found = new Map<string, Referrer>();
  let target: string | undefined = `${name.repository}/referrers/${digest}`;
  for (let page = 1; target !== undefined && page <= MOST_PAGES; page += 1) {
    const reply: Page | undefined = await readPage(client, name, target);
    if (reply === undefined) {
      hosts.add(name.host);
      return findTagged(client, name, digest);
    }
    for (const referrer of reply.referrers) found.set(referrer.digest, referrer);
    target = reply.next;
  }
  return [...found.values()];
}

async function findTagged(client: RegistryClient, name: RepositoryName, digest: string): Promise<readonly Referrer[]> {
  return (await mayHaveDigestTags(client, name)) ? readReferrersTag(client, name, digest) : [];
}

/** The referrers that the tag of the digest lists; none if there is no such tag. */
async function readReferrersTag(
  client: RegistryClient,
  name: RepositoryName,
  digest: string,
): Promise<readonly Referrer[]> {
  const tag = digestTag(digest);
  // A HEAD is not counted as a pull.
  if ((await headManifest(client, name, tag)) === undefined) return [];
  const manifest = await getManifest(client, name, tag);
  return manifest === undefined ? [] : parseIndex(manifest);
}

/** The entries of an index; none if the manifest is something else that somebody put under the tag. */
function parseIndex({ bytes, mediaType }: Manifest): readonly Referrer[] {
  if (mediaType !== INDEX) return [];
  return ReferrerIndex.safeParse(JSON.parse(bytes.toString('utf8'))).data?.manifests ?? [];
}

interface Page {
  readonly referrers: readonly Referrer[];
  readonly next: string | undefined;
}

function readPage(client: RegistryClient, name: RepositoryName, target: string): Promise<Page | undefined> {
  const call = {
    host: name.host,
    target,
    scopes: [pull(name.repository)],
    method: 'GET',
    headers: { accept: INDEX },
    // Registries that never heard of the API answer 404 as they should, or that they do not understand.
    expect: [200, 400, 404, 405],
  } as const;
  return client.call(call, async (reply) => {
    if (reply.status === 200) return parsePage(reply);
    discardBody(reply);
    return undefined;
  });
}

async function parsePage(reply: HttpReply): Promise<Page> {
  const parsed = ReferrerIndex.safeParse(await readJson(reply, LARGEST_PAGE));
  if (!parsed.success) throw new UnusableReplyError('NO_REFERRERS', 'the registry answered with no list of referrers');
  return { referrers: parsed.data.manifests ?? [], next: nextPage(reply) };
}

// Keeps the tag that lists referrers where the registry does not do it itself: a duty of the client (distribution-spec).

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

// * Tags made of a digest (`sha256-<hex>`, `sha256-<hex>.sig`), by which manifests about another one are found. Most repositories have
// none, which one look at their tags tells for all images in them.

const PREFIX = 'sha256-';

const TAGS = 100;

const answers = perClient(() => new Map<string, Promise<boolean>>());

/** The digest's part of such a tag. */
export function digestTag(digest: string): string {
  return digest.replace(':', '-').slice(0, 128);
}

/** False if the repository surely has no such tag. A client asks once for each repository. */
export function mayHaveDigestTags(client: RegistryClient, name: RepositoryName): Promise<boolean> {
  const known = answers(client);
  const key = `${name.host}/${name.repository}`;
  // A registry that does not list tags leaves it open.
  const answer = known.get(key) ?? look(client, name).catch(() => true);
  known.set(key, answer);
  return answer;
}

/** Tells that the client has just put such a tag there. */
export function noteDigestTags(client: RegistryClient, { host, repository }: RepositoryName): void {
  answers(client).set(`${host}/${repository}`, Promise.resolve(true));
}

/** The tags behind the prefix, if the registry sorts them as it should; else they are all there or nothing is sure. */
async function look(client: RegistryClient, name: RepositoryName): Promise<boolean> {
  const query = new URLSearchParams({ n: String(TAGS), last: PREFIX });
  const page = await readTagPage(client, name, `${name.repository}/tags/list?${query}`);
  if (page === undefined) return false;
  if (page.tags.some((tag) => tag.startsWith(PREFIX))) return true;
  const isSorted = page.tags.every((tag, index) => tag > (page.tags[index - 1] ?? PREFIX));
  return page.next !== undefined && !isSorted;
}
