/** A fake of GitLab on loopback: a real git server, and the adapter's REST calls over the same repository. */
import { execFile } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type GitHttpServer, startGitHttpServer } from '../git/git-http-server';
import { listCommits } from '../git/git-objects';
import { execGit, gitEnvironment, type TestRepository } from '../git/git-repository';
import { answerNotes, type GitLabNotes, isAboutNotes } from './fake-gitlab-notes';
import { answerGitLabTags, type ReleasePages } from './fake-tags';
import { createFakePulls, type FakePulls } from './pulls/fake-pulls';
import { answerGitLabMergeRequests } from './pulls/gitlab-merge-requests';

const run = promisify(execFile);

export const GITLAB_TOKEN = 'glpat-0123456789abcdefghij';

/** A commit status, as requested. */
export interface GitLabStatus {
  readonly sha: string;
  readonly state: string;
  readonly name: string;
  readonly description: string;
  readonly target_url?: string;
}

/** Starts the fake for the project `cloud-tuner/platform/optscale`. Its API is at `<url>/api/v4`. */
export function startFakeGitLab(
  repository: TestRepository,
  statuses: GitLabStatus[] = [],
  notes: GitLabNotes = { heads: new Map(), notes: [] },
  releases: ReleasePages = new Map(),
  pulls: FakePulls = createFakePulls(repository),
): Promise<GitHttpServer> {
  const project = `/api/v4/projects/${encodeURIComponent('cloud-tuner/platform/optscale')}/repository`;
  return startGitHttpServer({
    repository: repository.path,
    path: 'cloud-tuner/platform/optscale.git',
    authorization: `Basic ${Buffer.from(`oauth2:${GITLAB_TOKEN}`).toString('base64')}`,
    other: (request, response) => {
      const path = (request.url ?? '').replace(project, '');
      const isKnown = request.headers.authorization === `Bearer ${GITLAB_TOKEN}`;
      const below = (request.url ?? '').replace(project.replace(/\/repository$/, ''), '');
      if (isKnown && isAboutPulls(below, pulls)) return void answerPulls(pulls, below, request, response);
      if (isKnown && isAboutNotes(request)) return void answerNotes(notes, request, response);
      if (isKnown && isAboutTags(below)) return void answerTags(repository, releases, below, request, response);
      const [, sha] = /\/statuses\/([0-9a-f]{40})$/.exec(path) ?? [];
      if (sha === undefined || request.method !== 'POST') return void answer(repository, path, request, response);
      void setStatus(statuses, sha, request, response);
    },
  });
}

function isAboutPulls(path: string, pulls: FakePulls): boolean {
  const [, number] = /^\/merge_requests\/(\d+)/.exec(path) ?? [];
  if (number !== undefined) return pulls.find(Number(number)) !== undefined;
  return /^\/merge_requests(\?|$)|^\/repository\/branches\/[^/?]+$/.test(path);
}

async function answerPulls(pulls: FakePulls, path: string, request: IncomingMessage, response: ServerResponse) {
  const call = { method: request.method ?? '', path, body: await text(request) };
  const { status, body } = answerGitLabMergeRequests(pulls, call) ?? { status: 404, body: {} };
  if (status === 201 && pulls.losesReply) {
    pulls.losesReply = false;
    return void request.socket.destroy();
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function isAboutTags(path: string): boolean {
  return /^\/releases|^\/repository\/commits\/[0-9a-f]{40}\/diff|^\/repository\/commits\?ref_name=[^&]*\.\./.test(path);
}

async function answerTags(
  repository: TestRepository,
  releases: ReleasePages,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const call = { method: request.method ?? '', path, body: await text(request) };
  const { status, body } = answerGitLabTags(repository, releases, call) ?? { status: 404, body: {} };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(repository: TestRepository, path: string, request: IncomingMessage, response: ServerResponse) {
  const isKnown = request.headers.authorization === `Bearer ${GITLAB_TOKEN}`;
  const { status, body, headers } = isKnown
    ? await respond(repository, new URL(path, 'http://gitlab'))
    : failure(401, 'Unauthorized');
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

/** GitLab runs statuses through a state machine and refuses a transition from a state to itself. */
async function setStatus(statuses: GitLabStatus[], sha: string, request: IncomingMessage, response: ServerResponse) {
  const status: GitLabStatus = { sha, ...JSON.parse(await text(request)) };
  const last = statuses.filter((each) => each.sha === sha && each.name === status.name).at(-1);
  const isKnown = request.headers.authorization === `Bearer ${GITLAB_TOKEN}`;
  const isNew = last?.state !== status.state;
  const message = `Cannot transition status via :enqueue from :${last?.state} (Reason(s): Status cannot transition)`;
  if (isKnown && isNew) statuses.push(status);
  const [code, body] = isKnown ? (isNew ? [201, { id: statuses.length }] : [400, { message }]) : [401, {}];
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function respond(repository: TestRepository, { pathname, searchParams }: URL): Reply | Promise<Reply> {
  const commit = /^\/commits\/([^/]+)$/.exec(pathname)?.[1];
  if (commit !== undefined) return commitOf(repository, ['rev-parse', '--verify', `${commit}^{commit}`]);
  if (pathname === '/commits') return commitsPage(repository, searchParams);
  if (pathname === '/branches') return listBranches(repository, Number(searchParams.get('page')));
  if (pathname === '/merge_base') return mergeBase(repository, searchParams.getAll('refs[]'));
  if (pathname === '/archive.tar.gz') return archive(repository, searchParams.get('sha') ?? '');
  return failure(404, 'Not Found');
}

function commitOf(repository: TestRepository, args: readonly string[]): Reply {
  try {
    return { status: 200, body: JSON.stringify({ id: repository.git(...args) }) };
  } catch {
    return failure(404, 'Commit Not Found');
  }
}

/** Runs git asynchronously, because many callers request merge bases concurrently. */
async function mergeBase({ path }: TestRepository, refs: readonly string[]): Promise<Reply> {
  try {
    const { stdout } = await run('git', ['-C', path, 'merge-base', ...refs], { env: gitEnvironment() });
    return { status: 200, body: JSON.stringify({ id: stdout.trim() }) };
  } catch {
    return failure(404, 'Commit Not Found');
  }
}

function commitsPage(repository: TestRepository, query: URLSearchParams): Reply {
  const skip = (Number(query.get('page')) - 1) * 100;
  const range = [`--skip=${skip}`, '--max-count=100', query.get('ref_name') ?? '', '--', query.get('path') ?? ''];
  const commits = listCommits(repository, range).map(({ id, message }) => ({ id, message: `${message}\n` }));
  return { status: 200, body: JSON.stringify(commits) };
}

function listBranches(repository: TestRepository, page: number): Reply {
  const format = '--format=%(refname)%00%(objectname)%00%(committerdate:iso-strict)%00%(contents:subject)';
  const lines = repository.git('for-each-ref', format, 'refs/heads/').split('\n').filter(Boolean);
  const branches = lines.slice((page - 1) * 100, page * 100).map((line) => {
    const [name = '', id, committed_date, message] = line.split('\0');
    return { name: name.slice('refs/heads/'.length), commit: { id, message, committed_date } };
  });
  const next = page * 100 < lines.length ? String(page + 1) : '';
  return { status: 200, body: JSON.stringify(branches), headers: { 'x-next-page': next } };
}

function archive(repository: TestRepository, commit: string): Reply {
  const folder = `optscale-${commit}-${commit}/`;
  const args = ['-C', repository.path, 'archive', '--format=tar.gz', `--prefix=${folder}`, commit];
  return { status: 200, body: execGit(args) };
}

function failure(status: number, message: string): Reply {
  return { status, body: JSON.stringify({ message: `${status} ${message}` }) };
}
