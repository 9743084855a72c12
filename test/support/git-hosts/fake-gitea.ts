/** A fake of Gitea on loopback: a real git server, and the API for statuses, comments, webhooks and rights: https://docs.gitea.com/api. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type GitHttpServer, startGitHttpServer } from '../git/git-http-server';
import type { TestRepository } from '../git/git-repository';
import { answerGiteaTags, type ReleasePages } from './fake-tags';
import { createFakePulls, type FakePulls } from './pulls/fake-pulls';
import { answerGiteaPulls } from './pulls/gitea-pulls';

export const GITEA_TOKEN = '0123456789abcdef0123456789abcdef01234567';
export const GITEA_REPOSITORY = 'team/monorepo';

interface GiteaHook {
  readonly id: number;
  type: string;
  active: boolean;
  events: readonly string[];
  config: Readonly<Record<string, string>>;
}

/** What the fake has. Tests read and change it. */
export interface GiteaState {
  readonly statuses: Readonly<Record<string, unknown>>[];
  readonly comments: { readonly id: number; readonly pull: number; body: string }[];
  /** The head commit of each open pull request, by number. */
  readonly heads: Map<number, string>;
  readonly hooks: GiteaHook[];
  readonly secrets: Map<number | string, string>;
  /** Release pages by tag. */
  readonly releases: ReleasePages;
  /** Pull requests with branches, and the rules of their base. */
  readonly pullRequests: FakePulls;
  permissions: { readonly admin: boolean; readonly push: boolean; readonly pull: boolean };
  archived: boolean;
  /** True if new comments are stored but the connection breaks before the reply. */
  losesReplies: boolean;
}

export interface FakeGitea extends GitHttpServer {
  readonly apiUrl: string;
  readonly state: GiteaState;
}

/** Starts the fake for the repository `team/monorepo`. */
export async function startFakeGitea(repository: TestRepository): Promise<FakeGitea> {
  const state: GiteaState = {
    statuses: [],
    comments: [],
    heads: new Map(),
    hooks: [],
    secrets: new Map(),
    releases: new Map(),
    pullRequests: createFakePulls(repository),
    permissions: { admin: true, push: true, pull: true },
    archived: false,
    losesReplies: false,
  };
  const server = await startGitHttpServer({
    repository: repository.path,
    path: `${GITEA_REPOSITORY}.git`,
    authorization: `Basic ${Buffer.from(`oauth2:${GITEA_TOKEN}`).toString('base64')}`,
    other: (request, response) => void answer(repository, state, request, response),
  });
  return Object.assign(server, { apiUrl: `${server.url}/api/v1`, state });
}

async function answer(
  repository: TestRepository,
  state: GiteaState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://gitea');
  const body = JSON.parse((await text(request)) || '{}');
  const isKnown = request.headers.authorization === `token ${GITEA_TOKEN}`;
  const path = pathname.replace(`/api/v1/repos/${GITEA_REPOSITORY}`, '');
  const call = { method: request.method ?? '', path: `${path}?${searchParams}`, body: JSON.stringify(body) };
  const tagged = isKnown ? answerGiteaTags(repository, state.releases, call) : undefined;
  if (tagged !== undefined) {
    return void response
      .writeHead(tagged.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(tagged.body));
  }
  const [status, content] = isKnown
    ? respond(state, `${request.method} ${path}`, body, searchParams)
    : [401, { message: 'token is required' }];
  if (status === 201 && path === '/pulls' && state.pullRequests.losesReply) {
    state.pullRequests.losesReply = false;
    return void request.socket.destroy();
  }
  if (status === 201 && path.endsWith('/comments') && state.losesReplies) return void request.socket.destroy();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

type Answer = readonly [number, unknown];

function respond(
  state: GiteaState,
  call: string,
  body: Readonly<Record<string, never>>,
  query: URLSearchParams,
): Answer {
  const [, sha] = /^POST \/statuses\/([0-9a-f]{40})$/.exec(call) ?? [];
  if (sha !== undefined) return [201, { id: state.statuses.push({ sha, ...body }) }];
  if (call === 'GET ') {
    const { permissions, archived } = state;
    return [200, { full_name: GITEA_REPOSITORY, archived, permissions }];
  }
  const proposed = answerGiteaPulls(state.pullRequests, call, body, Number(query.get('page') ?? 1));
  if (proposed !== undefined) return proposed;
  if (call.includes('/hooks')) return respondHooks(state, call, body, Number(query.get('page') ?? 1));
  return respondComments(state, call, body);
}

function respondComments(state: GiteaState, call: string, { body = '' }: { readonly body?: string }): Answer {
  const [, pull] = /^GET \/pulls\/(\d+)$/.exec(call) ?? [];
  if (pull !== undefined) {
    const head = state.heads.get(Number(pull));
    return head === undefined ? NOT_FOUND : [200, { state: 'open', head: { sha: head } }];
  }
  const [, method, issue] = /^(GET|POST) \/issues\/(\d+)\/comments$/.exec(call) ?? [];
  if (method === 'GET') return [200, state.comments.filter((each) => each.pull === Number(issue))];
  if (method === 'POST') {
    const comment = { id: state.comments.length + 1, pull: Number(issue), body };
    state.comments.push(comment);
    return [201, comment];
  }
  const [, id] = /^PATCH \/issues\/comments\/(\d+)$/.exec(call) ?? [];
  const found = state.comments.find((each) => each.id === Number(id));
  if (found === undefined) return NOT_FOUND;
  found.body = body;
  return [200, found];
}

const NOT_FOUND: Answer = [404, { message: 'not found' }];
/** Gitea's `MAX_RESPONSE_ITEMS`, which a caller cannot exceed. */
const MAX_PER_PAGE = 30;

function respondHooks(state: GiteaState, call: string, body: Partial<GiteaHook>, page: number): Answer {
  if (call === 'GET /hooks') return [200, state.hooks.slice((page - 1) * MAX_PER_PAGE, page * MAX_PER_PAGE)];
  const { secret, ...config } = body.config ?? {};
  if (call === 'POST /hooks') {
    const { type = '', active = false, events = [] } = body;
    const hook: GiteaHook = { id: (state.hooks.at(-1)?.id ?? 0) + 1, type, active, events, config };
    state.hooks.push(hook);
    if (secret !== undefined) state.secrets.set(hook.id, secret);
    return type === 'gitea' ? [201, hook] : [422, { message: 'Invalid hook type' }];
  }
  const [, method, id] = /^(PATCH|DELETE) \/hooks\/(\d+)$/.exec(call) ?? [];
  const found = state.hooks.find((each) => each.id === Number(id));
  if (found === undefined) return NOT_FOUND;
  if (method === 'DELETE') {
    state.hooks.splice(state.hooks.indexOf(found), 1);
    return [204, undefined];
  }
  // A new secret is ignored.
  Object.assign(found, { ...body, config: { ...found.config, ...config } });
  return [200, found];
}
