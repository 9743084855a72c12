/**
 * Bitbucket Cloud as a git host. Contents and commits use git's own protocol, everything else the API:
 * https://developer.atlassian.com/cloud/bitbucket/rest/
 */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import { createGitRest, createHostHttp, type GitRest, type HostOptions, json, undefinedIf } from '../rest';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

const Commit = z.object({ hash: z.string() });

/** Creates a git host on one repository, without a request. */
export function createBitbucketHost(options: HostOptions): GitHost {
  const send = createBitbucketRest(options);
  return createWireGitHost({ ...wireAddress(options), findCommit: (prefix) => findCommit(send, prefix) });
}

/** Returns the whole id. Webhooks and replies name the commits of a pull request by their first 12 digits. */
export async function findCommit(send: GitRest, prefix: string): Promise<string | undefined> {
  const read = json(Commit, `commit ${prefix} cannot be read`);
  return (await send({ path: `/commit/${prefix}`, read }).catch(undefinedIf(404)))?.hash;
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function wireAddress({ repository, apiUrl, token, clock }: HostOptions): WireHostOptions {
  const host = apiUrl.replace('//api.bitbucket.org', '//bitbucket.org').replace(/\/2\.0\/?$/, '');
  return {
    url: `${host}/${repository}.git`,
    authorization: async () => {
      const login = await token();
      const [, secret] = splitLogin(login);
      // The user names that stand for the two kinds: https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
      const user = secret === undefined ? 'x-token-auth' : 'x-bitbucket-api-token-auth';
      return basic(user, secret ?? login);
    },
    clock,
  };
}

/** Creates the client of the repository's API, without a request. */
export function createBitbucketRest({ repository, apiUrl, token, clock }: HostOptions): GitRest {
  const authorization = async () => {
    const login = await token();
    const [email, secret] = splitLogin(login);
    return secret === undefined ? `Bearer ${login}` : basic(email, secret);
  };
  const base = `${apiUrl}/repositories/${repository}`;
  return createGitRest({ base, authorization, http: createHostHttp(base, clock) });
}

/** Returns the parts of `e-mail:token`; the second is undefined for an access token. */
function splitLogin(login: string): readonly [string, string | undefined] {
  const [, email, secret] = /^([^\s:@]+@[^\s:]+):(.+)$/.exec(login) ?? [];
  return [email ?? '', secret];
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Reads a list that comes in pages, at most 1,000 entries. */
export async function readValues<Item>(
  send: GitRest,
  path: string,
  item: z.ZodType<Item>,
  problem: string,
  perPage = 100,
): Promise<readonly Item[]> {
  const Page = z.object({ values: z.array(item), next: z.string().optional() });
  const found: Item[] = [];
  for (let page = 1; found.length < MAX_ENTRIES; page += 1) {
    const query = `?pagelen=${perPage}&page=${page}`;
    const request = { path: `${path}${query}` } as const;
    const { values, next } = await send({ ...request, read: json(Page, problem) });
    found.push(...values);
    if (next === undefined) break;
  }
  return found;
}

const MAX_ENTRIES = 1000;
