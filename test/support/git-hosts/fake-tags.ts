/** Tags and releases of the fakes of GitHub and GitLab, over a real bare repository. */
import type { ApiAnswer, ApiCall } from '../git/git-api-server';
import { type CommitFacts, listCommits } from '../git/git-objects';
import { execGit, quietly, type TestRepository } from '../git/git-repository';

/** The release pages of a repository, by tag: what was asked for first. */
export type ReleasePages = Map<string, Readonly<Record<string, unknown>>>;

const NOT_FOUND: ApiAnswer = { status: 404, body: { message: 'Not Found' } };

/** Replies to GitHub's calls about tags, refs, releases and commits; undefined for any other. */
export function answerGitHubTags(
  repository: TestRepository,
  pages: ReleasePages,
  call: ApiCall,
): ApiAnswer | undefined {
  const { name, query } = call;
  const given = call.body as unknown as Record<string, string> & { tagger: Record<string, string> };
  if (name === 'POST /git/tags') {
    const { tag, object, message, tagger } = given;
    const seconds = Date.parse(tagger.date ?? '') / 1000;
    const text = `object ${object}\ntype commit\ntag ${tag}\ntagger ${tagger.name} <${tagger.email}> ${seconds} +0000\n\n${message}\n`;
    const sha = execGit(['-C', repository.path, 'hash-object', '-t', 'tag', '-w', '--stdin'], text);
    return { status: 201, body: { sha: sha.toString().trim() } };
  }
  if (name === 'POST /git/refs') {
    const { ref = '', sha = '' } = given;
    if (quietly(() => repository.git('rev-parse', '--verify', '--quiet', ref)) !== undefined) {
      return { status: 422, body: { message: 'Reference already exists' } };
    }
    repository.git('update-ref', ref, sha, '');
    return { status: 201, body: { ref } };
  }
  if (name === 'POST /releases') {
    const { tag_name: tag = '' } = given;
    if (pages.has(tag))
      return { status: 422, body: { message: 'Validation Failed', errors: [{ code: 'already_exists' }] } };
    pages.set(tag, given);
    return { status: 201, body: { html_url: gitHubPage(tag) } };
  }
  const tag = /^GET \/releases\/tags\/(.+)$/.exec(name)?.[1];
  if (tag !== undefined) return pages.has(tag) ? { status: 200, body: { html_url: gitHubPage(tag) } } : NOT_FOUND;
  const range = /^GET \/compare\/([0-9a-f]{40})\.\.\.([0-9a-f]{40})$/.exec(name);
  if (range !== null && query.has('page')) {
    const found = commitsOf(repository, '--reverse', '--topo-order', range[2] ?? '', `^${range[1]}`);
    const size = Number(query.get('per_page'));
    const from = (Number(query.get('page')) - 1) * size;
    const commits = found.slice(from, from + size).map(sharedFields);
    return { status: 200, body: { total_commits: found.length, commits } };
  }
  const commit = /^GET \/commits\/([0-9a-f]{40})$/.exec(name)?.[1];
  if (commit === undefined) return undefined;
  return { status: 200, body: { files: pathsOf(repository, commit).map((filename) => ({ filename })) } };
}

/** Replies to GitLab's calls about releases and commits in a range; undefined for any other. */
export function answerGitLabTags(
  repository: TestRepository,
  pages: ReleasePages,
  call: ApiCall,
): ApiAnswer | undefined {
  const { name, query, body } = call;
  if (name === 'POST /releases') {
    const { tag_name: tag = '' } = body;
    if (pages.has(tag)) return { status: 409, body: { message: 'Release already exists' } };
    pages.set(tag, body);
    return { status: 201, body: { tag_name: tag } };
  }
  const tag = /^GET \/releases\/(.+)$/.exec(name)?.[1];
  if (tag !== undefined) {
    const self = `https://gitlab.example/cloud-tuner/platform/optscale/-/releases/${tag}`;
    return pages.has(tag) ? { status: 200, body: { _links: { self } } } : NOT_FOUND;
  }
  const changed = /^GET \/repository\/commits\/([0-9a-f]{40})\/diff$/.exec(name)?.[1];
  if (changed !== undefined) {
    const diffs = pathsOf(repository, changed).map((path) => ({ new_path: path, old_path: path }));
    return { status: 200, body: diffs };
  }
  const range = query.get('ref_name') ?? '';
  if (name !== 'GET /repository/commits' || !range.includes('..')) return undefined;
  const skip = (Number(query.get('page')) - 1) * 100;
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
export function answerGiteaTags(repository: TestRepository, pages: ReleasePages, call: ApiCall): ApiAnswer | undefined {
  const { name, query } = call;
  if (name.includes(' /releases')) {
    const reply = answerGitHubTags(repository, pages, call);
    return reply?.status === 422 ? { status: 409, body: { message: 'Release is has no Tag' } } : reply;
  }
  if (name !== 'GET /commits') return undefined;
  const [size, page] = [Math.min(30, Number(query.get('limit'))), Number(query.get('page'))];
  const range = [`--skip=${(page - 1) * size}`, `--max-count=${size}`, query.get('sha') ?? ''];
  const body = commitsOf(repository, '--topo-order', ...range, `^${query.get('not')}`).map((commit) => ({
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
