/** Tags and releases on GitHub: https://docs.github.com/en/rest/git/tags and https://docs.github.com/en/rest/releases */
import pLimit from 'p-limit';
import * as z from 'zod';
import { InvalidInputError } from '../../../core/contract/errors';
import type { ReleasePage, SourceCommit, TagAttempt, TagHost, TagProposal } from '../../../core/ports/git';
import { readJson } from '../../http/http-request';
import { refusedRef } from '../object-name';
import { type HostOptions, json, LARGEST_JSON, undefinedIf } from '../rest';
import { IDENTITY, makeTag } from '../tag-object';
import { createGitHubApi, type GitHubApi } from './api';
import { resolveRef } from './refs';

/** Creates access to tags and releases. The token needs the permission to write contents. */
export function createGitHubTags(options: HostOptions): TagHost {
  const api = createGitHubApi(options);
  return {
    commits: (since, until, limit) => readCommits(api, since, until, limit),
    createTag: (tag) => createTag(api, tag, options.clock.now()),
    createRelease: (release) => createRelease(api, release),
  };
}

const Tag = z.object({ sha: z.string() });

function createTag(api: GitHubApi, tag: TagProposal, now: number): Promise<TagAttempt> {
  const { name, commit, message } = tag;
  const tagger = { ...IDENTITY, date: `${new Date(now).toISOString().slice(0, 19)}Z` };
  return makeTag(
    tag,
    () => commitOfTag(api, name),
    async () => {
      const { sha } = await api.send({
        method: 'POST',
        path: '/git/tags',
        body: { tag: name, message: message.trim(), object: commit, type: 'commit', tagger },
        expect: [201],
        repeatable: true,
        read: json(Tag, 'the tag cannot be made'),
      });
      return api.send({
        method: 'POST',
        path: '/git/refs',
        body: { ref: `refs/tags/${name}`, sha },
        // 422 means that the ref exists, or that a rule of the repository refuses it.
        expect: [201, 422],
        repeatable: true,
        read: async (reply) =>
          reply.status === 201 ? undefined : String(Object(await readJson(reply, LARGEST_JSON)).message),
      });
    },
  );
}

async function commitOfTag(api: GitHubApi, name: string): Promise<string | undefined> {
  try {
    return await resolveRef(api, `refs/tags/${name}`);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

const Page = z.object({ html_url: z.string() });

async function createRelease(api: GitHubApi, release: ReleasePage): Promise<string> {
  const { tag, title, notes, isPrerelease } = release;
  const existing = await findRelease(api, tag);
  if (existing !== undefined) return existing;
  const body = { tag_name: tag, name: title, body: notes, prerelease: isPrerelease, draft: false };
  const read = json(Page, 'the release cannot be made');
  const created = await api
    .send({ method: 'POST', path: '/releases', body, expect: [201], repeatable: true, read })
    // 422 means that the tag has a release already, such as that of a request whose reply was lost.
    .catch(undefinedIf(422));
  const page = created?.html_url ?? (await findRelease(api, tag));
  if (page === undefined) throw refusedRef('tag', tag, 'gets no release page, and GitHub does not say why');
  return page;
}

async function findRelease(api: GitHubApi, tag: string): Promise<string | undefined> {
  const path = `/releases/tags/${encodeURIComponent(tag)}`;
  const found = await api.send({ path, read: json(Page, 'the release cannot be read') }).catch(undefinedIf(404));
  return found?.html_url;
}

const PER_PAGE = 100;
/** Commits whose files are read at a time. */
const COMMITS_AT_ONCE = 8;

const Listed = z.object({
  sha: z.string(),
  parents: z.array(z.object({ sha: z.string() })),
  commit: z.object({ message: z.string(), author: z.object({ name: z.string().nullish() }).nullish() }),
});
const Comparison = z.object({ total_commits: z.int(), commits: z.array(Listed) });
const WithFiles = z.object({
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});

/** The comparison lists commits from the oldest to the newest, and has no files of single commits. */
async function readCommits(
  api: GitHubApi,
  since: string,
  until: string,
  limit: number,
): Promise<readonly SourceCommit[]> {
  const first = await readComparison(api, since, until, 1);
  const pages = Math.ceil(first.total_commits / PER_PAGE);
  const found = [...first.commits];
  for (let page = 2; page <= pages; page += 1) found.push(...(await readComparison(api, since, until, page)).commits);
  const queue = pLimit(COMMITS_AT_ONCE);
  return Promise.all(
    found
      .reverse()
      .slice(0, limit)
      .map(async ({ sha, parents, commit: { message, author } }) => ({
        commit: sha,
        parents: parents.map((parent) => parent.sha),
        author: author?.name ?? 'unknown',
        message,
        paths: parents.length === 1 ? await queue(() => readPaths(api, sha)) : [],
      })),
  );
}

function readComparison(api: GitHubApi, since: string, until: string, page: number) {
  return api.send({
    path: `/compare/${since}...${until}?per_page=${PER_PAGE}&page=${page}`,
    read: json(Comparison, 'the commits cannot be read'),
  });
}

/** GitHub lists at most 300 files on the first page, and 3,000 in all. The first page is enough for notes. */
async function readPaths(api: GitHubApi, commit: string): Promise<readonly string[]> {
  const { files = [] } = await api.send({
    path: `/commits/${commit}`,
    read: json(WithFiles, 'a commit cannot be read'),
  });
  return files.flatMap(({ filename, previous_filename: before }) => [
    filename,
    ...(before === undefined ? [] : [before]),
  ]);
}
