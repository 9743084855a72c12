/** Tags and releases on Gitea and Forgejo: tags over git's own protocol, releases and commits by the API. */
import * as z from 'zod';
import type { ReleasePage, SourceCommit, TagHost } from '../../../core/ports/git';
import { type GitRest, type HostOptions, json, undefinedIf } from '../rest';
import { openWireClient } from '../wire/git-host';
import { pushTag } from '../wire/tags';
import { createGiteaRest, wireAddress } from './git-host';

/** Creates access to tags and releases. The token needs the scope `write:repository`. */
export function createGiteaTags(options: HostOptions): TagHost {
  const { clock } = options;
  const send = createGiteaRest(options);
  const client = openWireClient(wireAddress(options));
  return {
    commits: (since, until, limit) => readCommits(send, since, until, limit),
    createTag: (tag) => pushTag(client, tag, clock.now()),
    createRelease: (release) => createRelease(send, release),
  };
}

const Page = z.object({ html_url: z.string() });

/** https://docs.gitea.com/api/#tag/repository/operation/repoCreateRelease. A second release of a tag is a conflict. */
async function createRelease(send: GitRest, release: ReleasePage): Promise<string> {
  const { tag, title, notes, isPrerelease } = release;
  const read = () =>
    send({
      path: `/releases/tags/${encodeURIComponent(tag)}`,
      read: json(Page, 'the release cannot be read'),
    });
  const existing = await read().catch(undefinedIf(404));
  if (existing !== undefined) return existing.html_url;
  const created = await send({
    method: 'POST',
    path: '/releases',
    body: { tag_name: tag, name: title, body: notes, prerelease: isPrerelease, draft: false },
    repeatable: true,
    expect: [201],
    read: json(Page, 'the release cannot be made'),
  }).catch(undefinedIf(409));
  return (created ?? (await read())).html_url;
}

const Commits = z.array(
  z.object({
    sha: z.string(),
    parents: z.array(z.object({ sha: z.string() })),
    commit: z.object({ message: z.string(), author: z.object({ name: z.string() }) }),
    files: z
      .array(z.object({ filename: z.string() }))
      .nullish()
      .transform((files) => files ?? []),
  }),
);

const PER_PAGE = 50;

async function readCommits(
  send: GitRest,
  since: string,
  until: string,
  limit: number,
): Promise<readonly SourceCommit[]> {
  const found: SourceCommit[] = [];
  for (let page = 1; found.length < limit; page += 1) {
    const commits = await send({
      path: `/commits?sha=${until}&not=${since}&stat=false&files=true&page=${page}&limit=${PER_PAGE}`,
      read: json(Commits, 'the commits cannot be read'),
    });
    if (commits.length === 0) break;
    for (const { sha, parents, commit, files } of commits) {
      const paths = parents.length === 1 ? files.map(({ filename }) => filename) : [];
      const ids = parents.map((parent) => parent.sha);
      found.push({ commit: sha, parents: ids, author: commit.author.name, message: commit.message, paths });
    }
  }
  return found.slice(0, limit);
}
