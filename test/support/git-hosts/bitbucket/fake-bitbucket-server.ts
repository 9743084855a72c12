/** A fake of Bitbucket Data Center on loopback: https://developer.atlassian.com/server/bitbucket/rest/. */
import {
  type ApiAnswer,
  type ApiCall,
  type GitApiServer,
  NOT_FOUND,
  startGitApiServer,
} from '../../git/git-api-server';
import type { TestRepository } from '../../git/git-repository';
import { answerServerPulls, serverPage } from '../pulls/bitbucket-server-pulls';
import { createFakePulls, type FakePulls } from '../pulls/fake-pulls';

export const SERVER_REPOSITORY = 'TEAM/monorepo';
export const SERVER_TOKEN = 'BBDC-MDEyMzQ1Njc4OTAxOmFiY2RlZmdo';

interface ServerHook {
  readonly id: number;
  name: string;
  url: string;
  active: boolean;
  events: readonly string[];
  sslVerificationRequired: boolean;
}

/** What the fake has. Tests read and change it. */
export interface ServerState {
  /** Statuses by commit and key, as requested. */
  readonly statuses: Map<string, Readonly<Record<string, string>>>;
  readonly comments: { readonly id: number; readonly pull: number; text: string; version: number }[];
  /** The head commit of each open pull request, by number. */
  readonly heads: Map<number, string>;
  readonly hooks: ServerHook[];
  readonly secrets: Map<number | string, string>;
  writes: boolean;
  archived: boolean;
  /** Pull requests with branches, and the rules of their base. */
  readonly pulls: FakePulls;
}

export interface FakeBitbucketServer extends GitApiServer {
  readonly apiUrl: string;
  readonly state: ServerState;
}

/** Starts the fake for the repository `TEAM/monorepo`. */
export async function startFakeBitbucketServer(repository: TestRepository): Promise<FakeBitbucketServer> {
  const state: ServerState = {
    statuses: new Map(),
    comments: [],
    heads: new Map(),
    hooks: [],
    secrets: new Map(),
    writes: true,
    archived: false,
    pulls: createFakePulls(repository),
  };
  const server = await startGitApiServer({
    repository,
    gitPath: `scm/${SERVER_REPOSITORY}.git`,
    apiPath: '/rest/api/latest',
    prefix: '/rest',
    gitLogin: `Bearer ${SERVER_TOKEN}`,
    apiLogins: [`Bearer ${SERVER_TOKEN}`],
    answer: (call) => answer(state, call),
  });
  return Object.assign(server, { apiUrl: `${server.url}/rest`, state });
}

function answer(state: ServerState, call: ApiCall): ApiAnswer {
  const shown = { slug: 'monorepo', id: 84, name: 'Monorepo', archived: state.archived };
  if (call.name === 'GET /repos') {
    const isAsked = call.query.get('projectkey') === 'TEAM' && call.query.get('permission') === 'REPO_WRITE';
    return serverPage(isAsked && state.writes ? [shown] : [], call.query);
  }
  const name = call.name.replace(' /projects/TEAM/repos/monorepo', ' ');
  if (name === 'GET ') return { status: 200, body: shown };
  const [, commit] = /^POST \/commits\/([0-9a-f]{40})\/builds$/.exec(name) ?? [];
  if (commit !== undefined) return setStatus(state, commit, call.body);
  if (name.includes(' /webhooks')) return answerHooks(state, { ...call, name });
  return answerServerPulls(state.pulls, { ...call, name }) ?? answerPulls(state, { ...call, name });
}

/** A status needs key, state and link, and a link has at most 450 characters. */
function setStatus({ statuses }: ServerState, commit: string, body: Readonly<Record<string, string>>): ApiAnswer {
  const { key = '', state, url = '' } = body;
  if (key === '' || state === undefined || url === '' || url.length > 450) return { status: 400, body: { errors: [] } };
  statuses.set(`${commit} ${key}`, body);
  return { status: 204 };
}

function answerHooks(state: ServerState, { name, query, body }: ApiCall): ApiAnswer {
  const shown = (hook: ServerHook) => ({ ...hook, scopeType: 'repository', configuration: {} });
  if (name === 'GET /webhooks') return serverPage(state.hooks.map(shown), query);
  const { configuration, ...content } = body as Partial<ServerHook> & { configuration?: { secret?: string } };
  const secret = configuration?.secret;
  if (name === 'POST /webhooks') {
    const id = 10 + state.hooks.length;
    const hook = { name: '', url: '', active: false, events: [], sslVerificationRequired: true, ...content, id };
    state.hooks.push(hook);
    if (secret !== undefined) state.secrets.set(id, secret);
    return { status: 200, body: shown(hook) };
  }
  const [, id] = /^PUT \/webhooks\/(\d+)$/.exec(name) ?? [];
  const found = state.hooks.find((hook) => hook.id === Number(id));
  if (found === undefined) return NOT_FOUND;
  Object.assign(found, content);
  if (secret !== undefined) state.secrets.set(found.id, secret);
  return { status: 200, body: shown(found) };
}

function answerPulls({ heads, comments }: ServerState, { name, query, body }: ApiCall): ApiAnswer {
  const [, number, rest = ''] = /^\w+ \/pull-requests\/(\d+)(\/.*)?$/.exec(name) ?? [];
  const pull = Number(number);
  const head = heads.get(pull);
  if (head === undefined) return NOT_FOUND;
  if (rest === '') {
    const fromRef = { id: 'refs/heads/x', displayId: 'x', latestCommit: head };
    return { status: 200, body: { id: pull, state: 'OPEN', open: true, closed: false, fromRef } };
  }
  const shown = ({ id, version, text }: ServerState['comments'][number]) => ({ id, version, text });
  if (name.endsWith('/activities')) {
    const ours = comments
      .filter((each) => each.pull === pull)
      .map((comment) => ({ action: 'COMMENTED', comment: shown(comment) }));
    return serverPage([...ours.reverse(), { action: 'OPENED' }], query);
  }
  const { text = '', version } = body as { readonly text?: string; readonly version?: number };
  if (name.startsWith('POST ')) {
    const comment = { id: 62 + comments.length, pull, text, version: 0 };
    comments.push(comment);
    return { status: 201, body: shown(comment) };
  }
  const found = comments.find(({ id }) => `/comments/${id}` === rest);
  if (found === undefined) return NOT_FOUND;
  if (found.version !== version) return { status: 409, body: { errors: [{ message: 'edited meanwhile' }] } };
  Object.assign(found, { text, version: found.version + 1 });
  return { status: 200, body: shown(found) };
}
