/** Gitea and Forgejo as a git host. Contents and commits use git's own protocol, everything else the API: https://docs.gitea.com/api. */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, type GitRest } from '../rest';
import { createWireGitHost } from '../wire/git-host';

export interface GiteaOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** `https://<host>/api/v1`. */
  readonly apiUrl: string;
  /** An access token with the scopes `write:repository` and, for comments, `write:issue`; called before every request. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

/** Creates a git host on one repository, without a request. Any user name goes with a token as the password. */
export function createGiteaHost({ repository, apiUrl, token, clock }: GiteaOptions): GitHost {
  return createWireGitHost({ ...wireAddress({ repository, apiUrl, token }), clock });
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function wireAddress({ repository, apiUrl, token }: Omit<GiteaOptions, 'clock'>) {
  return {
    url: `${trimSlashes(apiUrl).replace(/\/api\/v1$/, '')}/${repository}.git`,
    authorization: async () => `Basic ${Buffer.from(`oauth2:${await token()}`).toString('base64')}`,
  };
}

/** Creates the client of the repository's API, without a request. */
export function createGiteaRest({ repository, apiUrl, token, clock }: GiteaOptions): GitRest {
  const base = `${trimSlashes(apiUrl)}/repos/${repository}`;
  return createGitRest({ base, authorization: async () => `token ${await token()}`, clock });
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
      method: 'GET',
      path: `${path}${query}`,
      repeatable: true,
      expect: 200,
      reads: [z.array(item), problem],
    });
    found.push(...entries);
    if (entries.length === 0) break;
  }
  return found;
}

const MAX_ENTRIES = 1000;
const PER_PAGE = 50;
