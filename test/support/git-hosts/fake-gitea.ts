/** A fake of Gitea on loopback: a real git server, and the API for statuses, comments, webhooks and rights: https://docs.gitea.com/api. */
import { type ApiAnswer, type ApiCall, type GitApiServer, NOT_FOUND, startGitApiServer } from '../git/git-api-server';
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

export interface FakeGitea extends GitApiServer {
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
  const server = await startGitApiServer({
    repository,
    gitPath: `${GITEA_REPOSITORY}.git`,
    apiPath: `/api/v1/repos/${GITEA_REPOSITORY}`,
    prefix: '/api/v1',
    gitLogin: `Basic ${Buffer.from(`oauth2:${GITEA_TOKEN}`).toString('base64')}`,
    apiLogins: [`token ${GITEA_TOKEN}`],
    answer: (call) => {
      const answer = answerGiteaTags(repository, state.releases, call) ?? respond(state, call);
      return { ...answer, isLost: answer.status === 201 && losesReply(state, call.name) };
    },
  });
  return Object.assign(server, { apiUrl: `${server.url}/api/v1`, state });
}

function losesReply({ pullRequests, losesReplies }: GiteaState, name: string): boolean {
  if (name !== 'POST /pulls' || !pullRequests.losesReply) return name.endsWith('/comments') && losesReplies;
  pullRequests.losesReply = false;
  return true;
}

function respond(state: GiteaState, call: ApiCall): ApiAnswer {
  const { name, query, body } = call;
  const [, sha] = /^POST \/statuses\/([0-9a-f]{40})$/.exec(name) ?? [];
  if (sha !== undefined) return { status: 201, body: { id: state.statuses.push({ sha, ...body }) } };
  if (name === 'GET ') {
    const { permissions, archived } = state;
    return { status: 200, body: { full_name: GITEA_REPOSITORY, archived, permissions } };
  }
  const proposed = answerGiteaPulls(state.pullRequests, call);
  if (proposed !== undefined) return proposed;
  if (name.includes('/hooks')) return respondHooks(state, name, body, Number(query.get('page') ?? 1));
  return respondComments(state, name, body);
}

function respondComments(state: GiteaState, call: string, { body = '' }: { readonly body?: string }): ApiAnswer {
  const [, pull] = /^GET \/pulls\/(\d+)$/.exec(call) ?? [];
  if (pull !== undefined) {
    const head = state.heads.get(Number(pull));
    return head === undefined ? NOT_FOUND : { status: 200, body: { state: 'open', head: { sha: head } } };
  }
  const [, method, issue] = /^(GET|POST) \/issues\/(\d+)\/comments$/.exec(call) ?? [];
  if (method === 'GET') return { status: 200, body: state.comments.filter((each) => each.pull === Number(issue)) };
  if (method === 'POST') {
    const comment = { id: state.comments.length + 1, pull: Number(issue), body };
    state.comments.push(comment);
    return { status: 201, body: comment };
  }
  const [, id] = /^PATCH \/issues\/comments\/(\d+)$/.exec(call) ?? [];
  const found = state.comments.find((each) => each.id === Number(id));
  if (found === undefined) return NOT_FOUND;
  found.body = body;
  return { status: 200, body: found };
}

/** Gitea's `MAX_RESPONSE_ITEMS`, which a caller cannot exceed. */
const MAX_PER_PAGE = 30;

function respondHooks(state: GiteaState, call: string, body: Partial<GiteaHook>, page: number): ApiAnswer {
  if (call === 'GET /hooks')
    return { status: 200, body: state.hooks.slice((page - 1) * MAX_PER_PAGE, page * MAX_PER_PAGE) };
  const { secret, ...config } = body.config ?? {};
  if (call === 'POST /hooks') {
    const { type = '', active = false, events = [] } = body;
    const hook: GiteaHook = { id: (state.hooks.at(-1)?.id ?? 0) + 1, type, active, events, config };
    state.hooks.push(hook);
    if (secret !== undefined) state.secrets.set(hook.id, secret);
    return type === 'gitea' ? { status: 201, body: hook } : { status: 422, body: { message: 'Invalid hook type' } };
  }
  const [, method, id] = /^(PATCH|DELETE) \/hooks\/(\d+)$/.exec(call) ?? [];
  const found = state.hooks.find((each) => each.id === Number(id));
  if (found === undefined) return NOT_FOUND;
  if (method === 'DELETE') {
    state.hooks.splice(state.hooks.indexOf(found), 1);
    return { status: 204 };
  }
  // A new secret is ignored.
  Object.assign(found, { ...body, config: { ...found.config, ...config } });
  return { status: 200, body: found };
}
