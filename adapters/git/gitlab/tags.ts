/** Tags and releases on GitLab: tags over git's own protocol, releases by https://docs.gitlab.com/api/releases/ */
import pLimit from 'p-limit';
import * as z from 'zod';
import type { ReleasePage, SourceCommit, TagHost } from '../../../core/ports/git';
import { discard, type GitRest, type HostOptions, json } from '../rest';
import { openWireClient } from '../wire/git-host';
import { pushTag } from '../wire/tags';
import { createGitLabRest, gitLabWire } from './git-host';

/** Creates access to tags and releases. The token needs the right to push tags, and the scope `api` for releases. */
export function createGitLabTags(options: HostOptions): TagHost {
  const rest = createGitLabRest(options);
  const client = openWireClient(gitLabWire(options));
  return {
    commits: (since, until, limit) => readCommits(rest, since, until, limit),
    createTag: (tag) => pushTag(client, tag, options.clock.now()),
    createRelease: (release) => createRelease(rest, release),
  };
}

const Page = z.object({ _links: z.object({ self: z.string() }).optional() });

async function createRelease(rest: GitRest, release: ReleasePage): Promise<string | undefined> {
  const { tag, title, notes } = release;
  const isMade = await rest({
    method: 'POST',
    path: '/releases',
    body: { tag_name: tag, name: title, description: notes },
    // 409 means that the tag has a release already.
    expect: [201, 409],
    repeatable: true,
    read: async (reply) => {
      await discard(reply);
      return reply.status === 201;
    },
  });
  const { _links: links } = await rest({
    path: `/releases/${encodeURIComponent(tag)}`,
    read: json(Page, `the release ${isMade ? 'that was made ' : ''}cannot be read`),
  });
  return links?.self;
}

const UNREADABLE = 'the commits cannot be read';
const PER_PAGE = 100;
/** Commits whose changes are read at a time. */
const COMMITS_AT_ONCE = 8;

const Commits = z.array(
  z.object({ id: z.string(), parent_ids: z.array(z.string()), author_name: z.string(), message: z.string() }),
);
const Diffs = z.array(z.object({ new_path: z.string(), old_path: z.string() }));

async function readCommits(
  rest: GitRest,
  since: string,
  until: string,
  limit: number,
): Promise<readonly SourceCommit[]> {
  const found: z.infer<typeof Commits> = [];
  for (let page = 1; found.length < limit; page += 1) {
    const query = new URLSearchParams({ ref_name: `${since}..${until}`, per_page: `${PER_PAGE}`, page: `${page}` });
    const some = await rest({ path: `/repository/commits?${query}`, read: json(Commits, UNREADABLE) });
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
async function readPaths(rest: GitRest, commit: string): Promise<readonly string[]> {
  const path = `/repository/commits/${commit}/diff?per_page=${PER_PAGE}`;
  const changes = await rest({ path, read: json(Diffs, UNREADABLE) });
  return [...new Set(changes.flatMap(({ new_path, old_path }) => [new_path, old_path]))];
}
