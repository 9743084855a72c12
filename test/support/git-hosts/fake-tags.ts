/** Tags and releases of the fakes of GitHub and GitLab, over a real bare repository. */
import { type CommitFacts, listCommits } from '../git/git-objects';
import { execGit, type TestRepository } from '../git/git-repository';

export interface TagReply {
  readonly status: number;
  readonly body: unknown;
}

/** A request, with its path below the repository. */
export interface TagCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** The release pages of a repository, by tag: what was asked for first. */
export type ReleasePages = Map<string, Readonly<Record<string, unknown>>>;

const NOT_FOUND: TagReply = { status: 404, body: { message: 'Not Found' } };

/** Replies to GitHub's calls about tags, refs, releases and commits; undefined for any other. */
export function answerGitHubTags(repository: TestRepository, pages: ReleasePages, call: TagCall): TagReply | undefined {
  const { pathname, searchParams } = new URL(call.path, 'http://github');
  const given = () => JSON.parse(call.body) as Record<string, string> & { tagger: Record<string, string> };
  if (call.method === 'POST' && pathname === '/git/tags') {
    const { tag, object, message, tagger } = given();
    const seconds = Date.parse(tagger.date ?? '') / 1000;
    const text = `object ${object}\ntype commit\ntag ${tag}\ntagger ${tagger.name} <${tagger.email}> ${seconds} +0000\n\n${message}\n`;
    const sha = execGit(['-C', repository.path, 'hash-object', '-t', 'tag', '-w', '--stdin'], text);
    return { status: 201, body: { sha: sha.toString().trim() } };
  }
  if (call.method === 'POST' && pathname === '/git/refs') {
    const { ref = '', sha = '' } = given();
    if (read(repository, 'rev-parse', '--verify', '--quiet', ref) !== undefined) {
      return { status: 422, body: { message: 'Reference already exists' } };
    }
    repository.git('update-ref', ref, sha, '');
    return { status: 201, body: { ref } };
  }
  if (call.method === 'POST' && pathname === '/releases') {
    const { tag_name: tag = '' } = given();
    if (pages.has(tag))
      return { status: 422, body: { message: 'Validation Failed', errors: [{ code: 'already_exists' }] } };
    pages.set(tag, given());
    return { status: 201, body: { html_url: gitHubPage(tag) } };
  }
  const shown = /^\/releases\/tags\/(.+)$/.exec(pathname)?.[1];
  if (shown !== undefined) {
    const tag = decodeURIComponent(shown);
    return pages.has(tag) ? { status: 200, body: { html_url: gitHubPage(tag) } } : NOT_FOUND;
  }
  const range = /^\/compare\/([0-9a-f]{40})\.\.\.([0-9a-f]{40})$/.exec(pathname);
  if (range !== null && searchParams.has('page')) {
    const found = commitsOf(repository, '--reverse', '--topo-order', range[2] ?? '', `^${range[1]}`);
    const size = Number(searchParams.get('per_page'));
    const from = (Number(searchParams.get('page')) - 1) * size;
    const commits = found.slice(from, from + size).map(sharedFields);
    return { status: 200, body: { total_commits: found.length, commits } };
  }
  const commit = /^\/commits\/([0-9a-f]{40})$/.exec(pathname)?.[1];
  if (commit === undefined) return undefined;
  return { status: 200, body: { files: pathsOf(repository, commit).map((filename) => ({ filename })) } };
}

/** Replies to GitLab's calls about releases and commits in a range; undefined for any other. */
export function answerGitLabTags(repository: TestRepository, pages: ReleasePages, call: TagCall): TagReply | undefined {
  const { pathname, searchParams } = new URL(call.path, 'http://gitlab');
  if (call.method === 'POST' && pathname === '/releases') {
    const given = JSON.parse(call.body) as Record<string, string>;
    const { tag_name: tag = '' } = given;
    if (pages.has(tag)) return { status: 409, body: { message: 'Release already exists' } };
    pages.set(tag, given);
    return { status: 201, body: { tag_name: tag } };
  }
  const shown = /^\/releases\/(.+)$/.exec(pathname)?.[1];
  if (shown !== undefined) {
    const tag = decodeURIComponent(shown);
    const self = `https://gitlab.example/cloud-tuner/platform/optscale/-/releases/${tag}`;
    return pages.has(tag) ? { status: 200, body: { _links: { self } } } : NOT_FOUND;
  }
  const changed = /^\/repository\/commits\/([0-9a-f]{40})\/diff$/.exec(pathname)?.[1];
  if (changed !== undefined) {
    const diffs = pathsOf(repository, changed).map((path) => ({ new_path: path, old_path: path }));
    return { status: 200, body: diffs };
  }
  const range = searchParams.get('ref_name') ?? '';
  if (pathname !== '/repository/commits' || !range.includes('..')) return undefined;
  const skip = (Number(searchParams.get('page')) - 1) * 100;
  const commits = commitsOf(repository, '--topo-order', `--skip=${skip}`, '--max-count=100', range);
  return {
    status: 200,
    body: commits.map(({ id, parents, author, message }) => ({
      id,
      parent_ids: parents,
      author_name: author,
      message,
    })),
  };
}

/** Replies to Gitea's calls about releases and commits in a range; undefined for any other. */
export function answerGiteaTags(repository: TestRepository, pages: ReleasePages, call: TagCall): TagReply | undefined {
  const { pathname, searchParams } = new URL(call.path, 'http://gitea');
  if (pathname.startsWith('/releases')) {
    const reply = answerGitHubTags(repository, pages, call);
    return reply?.status === 422 ? { status: 409, body: { message: 'Release is has no Tag' } } : reply;
  }
  if (pathname !== '/commits') return undefined;
  const [size, page] = [Math.min(30, Number(searchParams.get('limit'))), Number(searchParams.get('page'))];
  const range = [`--skip=${(page - 1) * size}`, `--max-count=${size}`, searchParams.get('sha') ?? ''];
  const body = commitsOf(repository, '--topo-order', ...range, `^${searchParams.get('not')}`).map((commit) => ({
    ...sharedFields(commit),
    files: pathsOf(repository, commit.id).map((filename) => ({ filename })),
  }));
  return { status: 200, body };
}

function gitHubPage(tag: string): string {
  return `https://github.example/cloud-tuner/optscale/releases/tag/${tag}`;
}

/** What GitHub and Gitea show of a commit. */
function sharedFields({ id, parents, author, message }: CommitFacts) {
  return { sha: id, parents: parents.map((sha) => ({ sha })), commit: { message, author: { name: author } } };
}

/** Returns the commits of a range, none if it names an unknown commit. */
function commitsOf(repository: TestRepository, ...args: readonly string[]): readonly CommitFacts[] {
  try {
    return listCommits(repository, args);
  } catch {
    return [];
  }
}

function pathsOf(repository: TestRepository, id: string): readonly string[] {
  const args = ['diff-tree', '--root', '--no-commit-id', '--name-only', '-r', '-z', id];
  return repository
    .git(...args)
    .split('\0')
    .filter(Boolean);
}

function read(repository: TestRepository, ...args: readonly string[]): string | undefined {
  try {
    return repository.git(...args);
  } catch {
    return undefined;
  }
}
