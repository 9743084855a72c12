/** A fake of GitHub's REST writes: commit statuses and comments on pull requests. */
import type { ApiAnswer, ApiCall } from '../git/git-api-server';

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

const NOT_FOUND: ApiAnswer = { status: 404, body: { message: 'Not Found' } };
const PER_PAGE = 100;
const STATES = ['error', 'failure', 'pending', 'success'];

/** The login of the token's owner. */
export const OWN_LOGIN = 'image-pipeline[bot]';

/** Replies to requests for statuses and comments, or returns undefined. `has` returns true for an existing commit. */
export function answerWrite(
  writes: GitHubWrites,
  { name, query, body }: ApiCall,
  has: (commit: string) => boolean,
): ApiAnswer | undefined {
  const commit = /^POST \/statuses\/([^/]+)$/.exec(name)?.[1];
  if (commit !== undefined) return createStatus(writes, commit, body, has);
  const opened = /^GET \/pulls\/(\d+)$/.exec(name)?.[1];
  if (opened !== undefined) return readPull(writes, Number(opened));
  const [, method, pull] = /^(GET|POST) \/issues\/(\d+)\/comments$/.exec(name) ?? [];
  if (method === 'GET') return listComments(writes, Number(pull), query);
  if (method === 'POST') return createComment(writes, Number(pull), body);
  const comment = /^PATCH \/issues\/comments\/(\d+)$/.exec(name)?.[1];
  return comment === undefined ? undefined : editComment(writes, Number(comment), body);
}

type Body = Readonly<Record<string, string>>;

function createStatus(writes: GitHubWrites, commit: string, status: Body, has: (commit: string) => boolean): ApiAnswer {
  if (!has(commit)) return { status: 422, body: { message: `No commit found for SHA: ${commit}` } };
  const { state = '', context = '', description = '', target_url = null } = status;
  if (!STATES.includes(state) || description.length > 140) {
    return { status: 422, body: { message: 'Validation Failed' } };
  }
  writes.statuses.push({ commit, ...status, state, context, description });
  return { status: 201, body: { id: writes.statuses.length, state, context, description, target_url } };
}

function readPull({ pulls }: GitHubWrites, number: number): ApiAnswer {
  const sha = pulls.get(number);
  return sha === undefined ? NOT_FOUND : { status: 200, body: { number, state: 'open', head: { sha } } };
}

function listComments({ comments }: GitHubWrites, pull: number, query: URLSearchParams): ApiAnswer {
  const size = Math.min(PER_PAGE, Number(query.get('per_page') ?? 30));
  const page = Number(query.get('page') ?? 1);
  const found = comments.filter((each) => each.pull === pull).slice((page - 1) * size, page * size);
  return { status: 200, body: found.map(shown) };
}

function createComment({ comments }: GitHubWrites, pull: number, { body = '' }: Body): ApiAnswer {
  const comment = { id: 1000 + comments.length, pull, login: OWN_LOGIN, body };
  comments.push(comment);
  return { status: 201, body: shown(comment) };
}

function editComment({ comments }: GitHubWrites, id: number, { body = '' }: Body): ApiAnswer {
  const comment = comments.find((each) => each.id === id);
  if (comment === undefined) return NOT_FOUND;
  comment.body = body;
  return { status: 200, body: shown(comment) };
}

function shown({ id, login, body }: WrittenComment): object {
  return { id, body, user: { login } };
}
