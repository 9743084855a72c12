/** Tags and releases on GitLab: tags over git's own protocol, releases by https://docs.gitlab.com/api/releases/ */
import pLimit from 'p-limit';
import * as z from 'zod';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { ReleasePage, SourceCommit, TagHost } from '../../../core/ports/git';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { discardBody, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import { pushTag } from '../wire/tags';
import { createGitLabWire, type GitLabOptions } from './git-host';
import { createGitLabRest, type GitLabRest } from './rest';

/** Creates access to tags and releases. The token needs the right to push tags, and the scope `api` for releases. */
export function createGitLabTags(options: GitLabOptions): TagHost {
  const rest = createGitLabRest(options);
  const allowLoopback = isLoopback(new URL(options.apiUrl).hostname);
  const { clock } = options;
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const client = createGitLabWire({ ...options, http });
  return {
    commits: (since, until, limit) => readCommits(rest, since, until, limit),
    createTag: (tag) => pushTag(client, tag, options.clock.now()),
    createRelease: (release) => createRelease(rest, release),
  };
}

const LARGEST_JSON = 16 * 1024 * 1024;

const Page = z.object({ _links: z.object({ self: z.string() }).optional() });

async function createRelease(rest: GitLabRest, release: ReleasePage): Promise<string | undefined> {
  const { tag, title, notes } = release;
  const isMade = await rest({
    method: 'POST',
    path: '/releases',
    body: { tag_name: tag, name: title, description: notes },
    // 409 means that the tag has a release already.
    expect: [201, 409],
    repeatable: true,
    read: async (reply) => {
      discardBody(reply);
      return reply.status === 201;
    },
  });
  const read = async (reply: Parameters<typeof readJson>[0]) =>
    checkReply(
      Page,
      await readJson(reply, LARGEST_JSON),
      `the release ${isMade ? 'that was made ' : ''}cannot be read`,
    );
  const path = `/releases/${encodeURIComponent(tag)}`;
  const { _links: links } = await rest({ method: 'GET', path, expect: [200], repeatable: true, read });
  return links?.self;
}

const PER_PAGE = 100;
/** Commits whose changes are read at a time. */
const COMMITS_AT_ONCE = 8;

const Commits = z.array(
  z.object({ id: z.string(), parent_ids: z.array(z.string()), author_name: z.string(), message: z.string() }),
);
const Diffs = z.array(z.object({ new_path: z.string(), old_path: z.string() }));

async function readCommits(
  rest: GitLabRest,
  since: string,
  until: string,
  limit: number,
): Promise<readonly SourceCommit[]> {
  const found: z.infer<typeof Commits> = [];
  for (let page = 1; found.length < limit; page += 1) {
    const query = new URLSearchParams({ ref_name: `${since}..${until}`, per_page: `${PER_PAGE}`, page: `${page}` });
    const some = await get(rest, `/repository/commits?${query}`, Commits);
    found.push(...some);
    if (some.length < PER_PAGE) break;
  }
  const queue = pLimit(COMMITS_AT_ONCE);
  return Promise.all(
    found.slice(0, limit).map(async ({ id, parent_ids: parents, author_name: author, message }) => ({
      commit: id,
      parents,
      author,
      message,
      paths: parents.length === 1 ? await queue(() => readPaths(rest, id)) : [],
    })),
  );
}

/** The first page of changes is enough for notes. */
async function readPaths(rest: GitLabRest, commit: string): Promise<readonly string[]> {
  const changes = await get(rest, `/repository/commits/${commit}/diff?per_page=${PER_PAGE}`, Diffs);
  return [...new Set(changes.flatMap(({ new_path, old_path }) => [new_path, old_path]))];
}

function get<Shape>(rest: GitLabRest, path: string, shape: z.ZodType<Shape>): Promise<Shape> {
  const what = 'the commits cannot be read';
  const read = async (reply: Parameters<typeof readJson>[0]) =>
    checkReply(shape, await readJson(reply, LARGEST_JSON), what);
  return rest({ method: 'GET', path, expect: [200], repeatable: true, read });
}
