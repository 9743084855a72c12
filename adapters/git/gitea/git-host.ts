/** Gitea and Forgejo as a git host. Contents and commits use git's own protocol, everything else the API: https://docs.gitea.com/api. */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, createHostHttp, type GitRest, type HostOptions, json } from '../rest';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

/** Creates a git host on one repository, without a request. Any user name goes with a token as the password. */
export function createGiteaHost(options: HostOptions): GitHost {
  return createWireGitHost(wireAddress(options));
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function wireAddress({ repository, apiUrl, token, clock }: HostOptions): WireHostOptions {
  return {
    url: `${trimSlashes(apiUrl).replace(/\/api\/v1$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
    clock,
  };
}

/** Creates the client of the repository's API, without a request. */
export function createGiteaRest({ repository, apiUrl, token, clock }: HostOptions): GitRest {
  const base = `${trimSlashes(apiUrl)}/repos/${repository}`;
  return createGitRest({
    base,
    authorization: async () => `token ${await token()}`,
    http: createHostHttp(base, clock),
  });
}

/** Reads a list that comes in pages, at most 1,000 entries. The server decides how many a page has, at most 50 by default. */
export async function readPages<Item>(
  send: GitRest,
  path: string,
  item: z.ZodType<Item>,
  problem: string,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (let page = 1; found.length < MAX_ENTRIES; page += 1) {
    const query = `?page=${page}&limit=${PER_PAGE}`;
    const entries = await send({
      path: `${path}${query}`,
      read: json(z.array(item), problem),
    });
    found.push(...entries);
    if (entries.length === 0) break;
  }
  return found;
}

const MAX_ENTRIES = 1000;
const PER_PAGE = 50;
