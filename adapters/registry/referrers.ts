/**
 * Manifests that are about another one (signatures, attestations): by the referrers API, or by the tag that stands in for it where
 * a registry does not know the API (distribution-spec, "Listing Referrers" and "Unavailable Referrers API").
 */
import * as z from 'zod';
import { isDigest } from '../../core/image/grammar';
import { MANIFEST_TYPES } from '../../core/image/media-types';
import type { Manifest, RepositoryName } from '../../core/ports';
import { UnusableReplyError } from '../http/http-error';
import type { HttpReply } from '../http/http-request';
import { discardBody, readJson } from '../http/read-body';
import { digestTag, mayHaveDigestTags } from './digest-tags';
import { getManifest, headManifest } from './manifests';
import { nextPage } from './next-page';
import { perClient } from './per-client';
import type { RegistryClient } from './registry-client';
import { pull } from './scopes';

/** As an index lists them; fields that we do not read are kept. */
const Referrer = z.looseObject({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
});
export type Referrer = Readonly<z.infer<typeof Referrer>>;
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
export async function readReferrersTag(
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
