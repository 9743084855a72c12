/**
 * Bitbucket Data Center as a git host. Contents and commits use git's own protocol, everything else the API:
 * https://developer.atlassian.com/server/bitbucket/rest/
 */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, createHostHttp, type GitRest, type HostOptions, json } from '../rest';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

/** Creates a git host on one repository, without a request. */
export function createBitbucketServerHost(options: HostOptions): GitHost {
  return createWireGitHost(bitbucketServerWire(options));
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function bitbucketServerWire(options: HostOptions): WireHostOptions {
  const url = `${pagesOf(options)}/scm/${options.repository}.git`;
  return { url, authorization: loginOf(options), clock: options.clock };
}

/** Returns the address of the web pages. */
export function pagesOf({ apiUrl }: Pick<HostOptions, 'apiUrl'>): string {
  return trimSlashes(apiUrl).replace(/\/rest$/, '');
}

/** Returns the project's key and the repository's name in addresses. */
export function partsOf(repository: string): { readonly key: string; readonly slug: string } {
  const [key = '', slug = ''] = repository.split('/');
  return { key, slug };
}

/** Creates the client of the API, without a request. */
export function createServerRest(options: HostOptions): GitRest {
  const base = `${trimSlashes(options.apiUrl)}/api/latest`;
  return createGitRest({ base, authorization: loginOf(options), http: createHostHttp(base, options.clock) });
}

/** Returns the path of the repository in the API. */
export function repositoryPath(repository: string): string {
  const { key, slug } = partsOf(repository);
  return `/projects/${key}/repos/${slug}`;
}

function loginOf({ token }: HostOptions): () => Promise<string> {
  return async () => `Bearer ${await token()}`;
}

/** Reads a list that comes in pages, at most 1,000 entries. `path` may have a query. */
export async function readValues<Item>(
  send: GitRest,
  path: string,
  item: z.ZodType<Item>,
  problem: string,
): Promise<readonly Item[]> {
  const Page = z.object({ values: z.array(item), isLastPage: z.boolean(), nextPageStart: z.int().nullish() });
  const found: Item[] = [];
  let start: number | undefined = 0;
  while (start !== undefined && found.length < MAX_ENTRIES) {
    const query: string = `${path.includes('?') ? '&' : '?'}start=${start}&limit=100`;
    const request = { path: `${path}${query}` } as const;
    const page: z.infer<typeof Page> = await send({ ...request, read: json(Page, problem) });
    found.push(...page.values);
    start = page.isLastPage ? undefined : (page.nextPageStart ?? undefined);
  }
  return found;
}

const MAX_ENTRIES = 1000;
