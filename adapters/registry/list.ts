/** Lists the tags of a repository, page by page. */
import * as z from 'zod';
import type { RepositoryName } from '../../core/ports/registry';
import { UnusableReplyError } from '../http/http-error';
import { discardBody, type HttpReply, readJson } from '../http/http-request';
import { checkRepository } from './check-reference';
import { pull } from './client/authorizer';
import type { RegistryClient } from './client/registry-client';

/** docker-registry sends `null` for a repository whose tags were all deleted. */
const TagList = z.object({ tags: z.array(z.string()).nullish() });

const TAGS_PER_PAGE = 1000;

const LARGEST_PAGE = 16 * 1024 * 1024;

/** ECR allows 100,000 images in a repository. A server with more pages than that goes in circles. */
const MAX_PAGES = 10_000;

/** Returns all tags, each once, in the registry's order; undefined if there is no such repository. */
export async function listTags(client: RegistryClient, name: RepositoryName): Promise<readonly string[] | undefined> {
  checkRepository(name);
  const tags = new Set<string>();
  let target: string | undefined = `${name.repository}/tags/list?n=${TAGS_PER_PAGE}`;
  for (let page = 1; target !== undefined; page += 1) {
    const found = await readTagPage(client, name, target);
    if (found === undefined) return undefined;
    for (const tag of found.tags) tags.add(tag);
    target = page < MAX_PAGES ? found.next : undefined;
  }
  return [...tags];
}

/** Some of the tags, and the target of the next page. */
interface TagPage {
  readonly tags: readonly string[];
  readonly next: string | undefined;
}

/** Reads one page; undefined if there is no such repository. `target` is its path and query below `/v2/`. */
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
    if (!parsed.success) throw new UnusableReplyError('NO_TAGS', 'the registry did not answer with a list of tags');
    return { tags: parsed.data.tags ?? [], next: nextPage(reply) };
  });
}

/** Returns the next page's path below `/v2/` by the `Link` header (RFC 8288), or undefined. Throws `UnusableReplyError` if it is elsewhere. */
export function nextPage(reply: HttpReply): string | undefined {
  const header = reply.headers.get('link') ?? '';
  const link = [...header.matchAll(/<([^<>]*)>((?:\s*;\s*[^,<]*)?)/g)].find(([, , parameters]) =>
    /;\s*rel\s*=\s*"?next"?\s*(?:;|$)/i.test(parameters ?? ''),
  );
  const target = link?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, reply.url.href) ? new URL(target, reply.url) : undefined;
  if (url === undefined || url.origin !== reply.url.origin || !url.pathname.startsWith('/v2/')) {
    throw new UnusableReplyError('LINK', 'the registry names a next page that is not its own');
  }
  return `${url.pathname.slice('/v2/'.length)}${url.search}`;
}
