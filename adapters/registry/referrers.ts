/**
 * Finds and lists manifests that refer to another one, such as signatures. It uses the referrers API or, in registries without it, a tag made
 * from the digest (distribution-spec, "Listing Referrers" and "Unavailable Referrers API").
 */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { MANIFEST_TYPES } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest, Referrer, RepositoryName } from '../../core/ports/registry';
import { UnusableReplyError } from '../http/http-error';
import { discardBody, type HttpReply, readJson } from '../http/http-request';
import { digestOf, printName } from './check-reference';
import { pull } from './client/authorizer';
import { perClient, type RegistryClient } from './client/registry-client';
import { nextPage, readTagPage } from './list';
import { awaitDigest, fetchManifest, headManifest, type RegistryDependencies, sendManifest } from './manifests';

/** An entry of an index; fields that are not read here are kept. A registry may send null for what a manifest does not have. */
const Entry = z.looseObject({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
  artifactType: z.string().optional().catch(undefined),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
});

const ReferrerIndex = z.object({ manifests: z.array(Entry).nullish() });

const INDEX = MANIFEST_TYPES[3];

const LARGEST_PAGE = 4 * 1024 * 1024;

const MAX_PAGES = 100;

/** Hosts that turned out to have no referrers API, for each client: they are asked once. */
const withoutApi = perClient(() => new Set<string>());

/** Returns the manifests that refer to the digest, each once. The repository must exist, or its registry counts as one without the API. */
export async function listReferrers(
  client: RegistryClient,
  name: RepositoryName,
  digest: string,
): Promise<readonly Referrer[]> {
  const hosts = withoutApi(client);
  if (hosts.has(name.host)) return listByTag(client, name, digest);
  const found = new Map<string, Referrer>();
  let target: string | undefined = `${name.repository}/referrers/${digest}`;
  for (let page = 1; target !== undefined && page <= MAX_PAGES; page += 1) {
    const reply: Page | undefined = await readPage(client, name, target);
    if (reply === undefined) {
      hosts.add(name.host);
      return listByTag(client, name, digest);
    }
    for (const referrer of reply.referrers) found.set(referrer.digest, referrer);
    target = reply.next;
  }
  return [...found.values()];
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
    // Registries without the API answer 404, as they should, or that they do not understand.
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
  if (!parsed.success) {
    throw new UnusableReplyError('NO_REFERRERS', 'the registry did not answer with a list of referrers');
  }
  return { referrers: parsed.data.manifests ?? [], next: nextPage(reply) };
}

async function listByTag(client: RegistryClient, name: RepositoryName, digest: string): Promise<readonly Referrer[]> {
  if (!(await mayHaveDigestTags(client, name))) return [];
  return (await readReferrersTag(client, name, digest)).referrers;
}

/** The tag of a digest: the digest of the index under it, and its entries. */
interface ReferrersTag {
  readonly digest: string | undefined;
  readonly referrers: readonly Referrer[];
}

async function readReferrersTag(client: RegistryClient, name: RepositoryName, subject: string): Promise<ReferrersTag> {
  const tag = digestTag(subject);
  // Looked for by HEAD first, which is not counted as a pull.
  const digest = await headManifest(client, name, tag);
  const manifest = digest === undefined ? undefined : await fetchManifest(client, name, digest);
  return { digest, referrers: manifest === undefined ? [] : parseIndex(manifest) };
}

/** Returns the entries of an index; none for another manifest that somebody put under the tag. */
function parseIndex({ bytes, mediaType }: Manifest): readonly Referrer[] {
  if (mediaType !== INDEX) return [];
  return ReferrerIndex.safeParse(JSON.parse(bytes.toString('utf8'))).data?.manifests ?? [];
}

const TRIES = 5;

/** Updates of a tag within one client, one at a time: two would overwrite each other. */
const updates = perClient(() => new Map<string, Promise<void>>());

/** Adds the manifest to the tag that lists the referrers of `subject`: the client's duty where the API is missing. Throws `RegistryError`. */
export async function listAsReferrer(
  name: RepositoryName,
  subject: string,
  manifest: Manifest,
  dependencies: RegistryDependencies,
): Promise<void> {
  const queues = updates(dependencies.client);
  const key = printName(name, subject);
  const update = (queues.get(key) ?? Promise.resolve()).then(() => addEntry(name, subject, manifest, dependencies));
  queues.set(
    key,
    update.catch(() => undefined),
  );
  await update;
}

/** Reads, adds, writes and reads back: the registry cannot compare and swap, so another client's write may have won. */
async function addEntry(
  name: RepositoryName,
  subject: string,
  manifest: Manifest,
  { client, clock }: RegistryDependencies,
): Promise<void> {
  const tag = digestTag(subject);
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { digest: stale, referrers } = await readReferrersTag(client, name, subject);
    if (referrers.some(({ digest }) => digest === manifest.digest)) return;
    const index = indexOf([...referrers, Entry.parse(describeReferrer(manifest))]);
    await sendManifest(client, name, tag, index);
    noteDigestTags(client, name);
    const found = await awaitDigest(() => headManifest(client, name, tag), index.digest, stale, clock);
    if (found === index.digest) return;
  }
  throw new PipelineError(
    ERROR_NAMES.registry,
    `${printName(name, tag)} does not list ${manifest.digest} after ${TRIES} tries; another client writes it, too, so start the run again`,
  );
}

function indexOf(manifests: readonly Referrer[]): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  return { bytes, mediaType: INDEX, digest: digestOf(bytes) };
}

/** Returns a manifest's entry in a list. The artifact type is its own, or its config's type. Annotations are as it has them. */
export function describeReferrer({ bytes, mediaType, digest }: Manifest) {
  const { artifactType, config, annotations } = JSON.parse(bytes.toString('utf8')) as {
    readonly artifactType?: string;
    readonly config?: { readonly mediaType?: string };
    readonly annotations?: unknown;
  };
  const type = artifactType || config?.mediaType;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

const PREFIX = 'sha256-';

const TAGS_PER_PAGE = 100;

const answers = perClient(() => new Map<string, Promise<boolean>>());

/** Returns the tag made of a digest: `sha256-<hex>`, to which cosign adds `.sig` and the like. */
export function digestTag(digest: string): string {
  return digest.replace(':', '-').slice(0, 128);
}

/** Returns false if the repository has no tag made of a digest, which one look tells for all images in it. A client asks once. */
export function mayHaveDigestTags(client: RegistryClient, name: RepositoryName): Promise<boolean> {
  const known = answers(client);
  const key = `${name.host}/${name.repository}`;
  // A registry that does not list tags leaves it open.
  const answer = known.get(key) ?? hasDigestTags(client, name).catch(() => true);
  known.set(key, answer);
  return answer;
}

/** Notes that the client has put a tag made of a digest. */
export function noteDigestTags(client: RegistryClient, { host, repository }: RepositoryName): void {
  answers(client).set(`${host}/${repository}`, Promise.resolve(true));
}

/** Looks at the tags behind the prefix. True as well if the registry does not sort them and there are more pages. */
async function hasDigestTags(client: RegistryClient, name: RepositoryName): Promise<boolean> {
  const query = new URLSearchParams({ n: String(TAGS_PER_PAGE), last: PREFIX });
  const page = await readTagPage(client, name, `${name.repository}/tags/list?${query}`);
  if (page === undefined) return false;
  if (page.tags.some((tag) => tag.startsWith(PREFIX))) return true;
  const isSorted = page.tags.every((tag, index) => tag > (page.tags[index - 1] ?? PREFIX));
  return page.next !== undefined && !isSorted;
}
