/**
 * Tags made of a digest (`sha256-<hex>`, `sha256-<hex>.sig`), by which manifests about another one are found. Most repositories have
 * none, which one look at their tags tells for all images in them.
 */
import type { RepositoryName } from '../../core/ports';
import { readTagPage } from './list-tags';
import { perClient } from './per-client';
import type { RegistryClient } from './registry-client';

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
