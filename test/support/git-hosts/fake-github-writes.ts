/** A fake of GitHub's REST writes: commit statuses, check runs and comments on pull requests. */
import { answerCheck } from './fake-github-checks';

/** One write request, its path below the repository. */
export interface RestWrite {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The App of the caller, or undefined for the token of a person. */
  readonly app?: number | undefined;
}

/** A commit status, as requested. */
export interface WrittenStatus {
  readonly commit: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url?: string;
}

/** A comment. `login` is its author. */
export interface WrittenComment {
  readonly id: number;
  readonly pull: number;
  readonly login: string;
  body: string;
}

/** The current state of a check run. `app` is its owner. */
export interface WrittenCheck {
  readonly id: number;
  readonly app: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status: string;
  readonly conclusion?: string;
  readonly output: { readonly title: string; readonly summary: string };
}

/** Everything written so far. */
export interface GitHubWrites {
  readonly checks: WrittenCheck[];
  readonly statuses: WrittenStatus[];
  readonly comments: WrittenComment[];
  /** The head of each open pull request, by number. */
  readonly pulls: Map<number, string>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };
const PER_PAGE = 100;
const STATES = ['error', 'failure', 'pending', 'success'];

/** The login of the token's owner. */
export const OWN_LOGIN = 'image-pipeline[bot]';

/** Replies to requests for statuses, check runs and comments, or returns undefined. `has` returns true for an existing commit. */
export function answerWrite(
  writes: GitHubWrites,
  { method, path, body, app }: RestWrite,
  has: (commit: string) => boolean,
): Answer | undefined {
  const checked = answerCheck(writes.checks, { method, path, body, app }, has);
  if (checked !== undefined) return checked;
  const url = new URL(path, 'http://github');
  const commit = /^\/statuses\/([^/]+)$/.exec(url.pathname)?.[1];
  if (commit !== undefined && method === 'POST') return createStatus(writes, commit, body, has);
  const opened = /^\/pulls\/(\d+)$/.exec(url.pathname)?.[1];
  if (opened !== undefined && method === 'GET') return readPull(writes, Number(opened));
  const pull = /^\/issues\/(\d+)\/comments$/.exec(url.pathname)?.[1];
  if (pull !== undefined && method === 'GET') return listComments(writes, Number(pull), url.searchParams);
  if (pull !== undefined && method === 'POST') return createComment(writes, Number(pull), body);
  const comment = /^\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1];
  if (comment !== undefined && method === 'PATCH') return editComment(writes, Number(comment), body);
  return undefined;
}

function createStatus(writes: GitHubWrites, commit: string, body: string, has: (commit: string) => boolean): Answer {
  const status = JSON.parse(body);
  if (!has(commit)) return { status: 422, body: { message: `No commit found for SHA: ${commit}` } };
  if (!STATES.includes(status.state) || status.description.length > 140) {
    return { status: 422, body: { message: 'Validation Failed' } };
  }
  writes.statuses.push({ commit, ...status });
  const { state, context, description, target_url = null } = status;
  return { status: 201, body: { id: writes.statuses.length, state, context, description, target_url } };
}

function readPull({ pulls }: GitHubWrites, number: number): Answer {
  const sha = pulls.get(number);
  return sha === undefined ? NOT_FOUND : { status: 200, body: { number, state: 'open', head: { sha } } };
}

function listComments({ comments }: GitHubWrites, pull: number, query: URLSearchParams): Answer {
  const size = Math.min(PER_PAGE, Number(query.get('per_page') ?? 30));
  const page = Number(query.get('page') ?? 1);
  const found = comments.filter((each) => each.pull === pull).slice((page - 1) * size, page * size);
  return { status: 200, body: found.map(shown) };
}

function createComment({ comments }: GitHubWrites, pull: number, body: string): Answer {
  const comment = { id: 1000 + comments.length, pull, login: OWN_LOGIN, body: JSON.parse(body).body };
  comments.push(comment);
  return { status: 201, body: shown(comment) };
}

function editComment({ comments }: GitHubWrites, id: number, body: string): Answer {
  const comment = comments.find((each) => each.id === id);
  if (comment === undefined) return NOT_FOUND;
  comment.body = JSON.parse(body).body;
  return { status: 200, body: shown(comment) };
}

function shown({ id, login, body }: WrittenComment): object {
  return { id, body, user: { login } };
}
