/** A fake of GitLab on loopback: a real git server, and the adapter's REST calls over the same repository. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type ApiAnswer, type ApiCall, type GitApiServer, NOT_FOUND, startGitApiServer } from '../git/git-api-server';
import { listCommits } from '../git/git-objects';
import { execGit, gitEnvironment, quietly, type TestRepository } from '../git/git-repository';
import { answerGitLabNotes, type GitLabNotes } from './fake-gitlab-notes';
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
): Promise<GitApiServer> {
  return startGitApiServer({
    repository,
    gitPath: 'cloud-tuner/platform/optscale.git',
    apiPath: '/api/v4/projects/cloud-tuner/platform/optscale',
    prefix: '/api/v4',
    gitLogin: `Basic ${Buffer.from(`oauth2:${GITLAB_TOKEN}`).toString('base64')}`,
    apiLogins: [`Bearer ${GITLAB_TOKEN}`],
    answer: (call) =>
      answerGitLabMergeRequests(pulls, call) ??
      answerGitLabNotes(notes, call) ??
      answerGitLabTags(repository, releases, call) ??
      setStatus(statuses, call) ??
      respond(repository, call),
  });
}

/** GitLab runs statuses through a state machine and refuses a transition from a state to itself. */
function setStatus(statuses: GitLabStatus[], { name, body }: ApiCall): ApiAnswer | undefined {
  const [, sha] = /^POST \/statuses\/([0-9a-f]{40})$/.exec(name) ?? [];
  if (sha === undefined) return undefined;
  const status = { sha, ...(body as unknown as Omit<GitLabStatus, 'sha'>) };
  const last = statuses.filter((each) => each.sha === sha && each.name === status.name).at(-1);
  const message = `Cannot transition status via :enqueue from :${last?.state} (Reason(s): Status cannot transition)`;
  if (last?.state === status.state) return { status: 400, body: { message } };
  return { status: 201, body: { id: statuses.push(status) } };
}

function respond(repository: TestRepository, { name, query }: ApiCall): ApiAnswer | Promise<ApiAnswer> {
  const [, path = ''] = /^GET \/repository(\/.*)$/.exec(name) ?? [];
  const commit = /^\/commits\/(.+)$/.exec(path)?.[1];
  if (commit !== undefined) {
    const id = quietly(() => repository.git('rev-parse', '--verify', `${commit}^{commit}`));
    return id === undefined ? NOT_FOUND : { status: 200, body: { id } };
  }
  if (path === '/commits') return commitsPage(repository, query);
  if (path === '/branches') return listBranches(repository, Number(query.get('page')));
  if (path === '/merge_base') return mergeBase(repository, query.getAll('refs[]'));
  if (path === '/archive.tar.gz') return archive(repository, query.get('sha') ?? '');
  return NOT_FOUND;
}

/** Runs git asynchronously, because many callers request merge bases concurrently. */
async function mergeBase({ path }: TestRepository, refs: readonly string[]): Promise<ApiAnswer> {
  try {
    const { stdout } = await run('git', ['-C', path, 'merge-base', ...refs], { env: gitEnvironment() });
    return { status: 200, body: { id: stdout.trim() } };
  } catch {
    return NOT_FOUND;
  }
}

function commitsPage(repository: TestRepository, query: URLSearchParams): ApiAnswer {
  const skip = (Number(query.get('page')) - 1) * 100;
  const range = [`--skip=${skip}`, '--max-count=100', query.get('ref_name') ?? '', '--', query.get('path') ?? ''];
  const commits = listCommits(repository, range).map(({ id, message }) => ({ id, message: `${message}\n` }));
  return { status: 200, body: commits };
}

function listBranches(repository: TestRepository, page: number): ApiAnswer {
  const format = '--format=%(refname)%00%(objectname)%00%(committerdate:iso-strict)%00%(contents:subject)';
  const lines = repository.git('for-each-ref', format, 'refs/heads/').split('\n').filter(Boolean);
  const branches = lines.slice((page - 1) * 100, page * 100).map((line) => {
    const [name = '', id, committed_date, message] = line.split('\0');
    return { name: name.slice('refs/heads/'.length), commit: { id, message, committed_date } };
  });
  const next = page * 100 < lines.length ? String(page + 1) : '';
  return { status: 200, body: branches, headers: { 'x-next-page': next } };
}

function archive(repository: TestRepository, commit: string): ApiAnswer {
  const folder = `optscale-${commit}-${commit}/`;
  const args = ['-C', repository.path, 'archive', '--format=tar.gz', `--prefix=${folder}`, commit];
  return { status: 200, body: execGit(args) };
}
