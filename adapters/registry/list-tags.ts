/** The tags of a repository, page by page. */
import * as z from 'zod';
import type { RepositoryName } from '../../core/ports';
import { UnusableReplyError } from '../http/http-error';
import { discardBody, readJson } from '../http/read-body';
import { checkRepository } from './check-reference';
import { nextPage } from './next-page';
import type { RegistryClient } from './registry-client';
import { pull } from './scopes';

/** docker-registry says `null` for a repository whose tags were all deleted. */
const TagList = z.object({ tags: z.array(z.string()).nullish() });
const TAGS_PER_PAGE = 1000;
const LARGEST_PAGE = 16 * 1024 * 1024;
/** ECR allows 100,000 images in a repository; more pages than that need are a server that goes in circles. */
const MOST_PAGES = 10_000;

/** All tags, each once, in the registry's order; undefined if there is no such repository. */
export async function listTags(client: RegistryClient, name: RepositoryName): Promise<readonly string[] | undefined> {
  checkRepository(name);
  const tags = new Set<string>();
  let target: string | undefined = `${name.repository}/tags/list?n=${TAGS_PER_PAGE}`;
  for (let page = 1; target !== undefined; page += 1) {
    const found = await readTagPage(client, name, target);
    if (found === undefined) return undefined;
    for (const tag of found.tags) tags.add(tag);
    target = page < MOST_PAGES ? found.next : undefined;
  }
  return [...tags];
}

/** Some of the tags, and where the next ones are. */
export interface TagPage {
  readonly tags: readonly string[];
  readonly next: string | undefined;
}

/** One page; undefined if there is no such repository. `target` is its path and query below `/v2/`. */
export function readTagPage(
  client: RegistryClient,
  name: RepositoryName,
  target: string,
): Promise<TagPage | undefined> {
  const call = { host: name.host, target, scopes: [pull(name.repository)], method: 'GET', expect: [200, 404] } as const;
  return client.call(call, async (reply) => {
    if (reply.status === 404) {
      discardBody(reply);
      return undefined;
    }
    const parsed = TagList.safeParse(await readJson(reply, LARGEST_PAGE));
    if (!parsed.success) throw new UnusableReplyError('NO_TAGS', 'the registry answered with no list of tags');
    return { tags: parsed.data.tags ?? [], next: nextPage(reply) };
  });
}
