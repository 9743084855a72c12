/** A fake of Bitbucket Cloud on loopback: https://developer.atlassian.com/cloud/bitbucket/rest/. */
import {
  type ApiAnswer,
  type ApiCall,
  type GitApiServer,
  NOT_FOUND,
  startGitApiServer,
} from '../../git/git-api-server';
import { quietly, type TestRepository } from '../../git/git-repository';
import { answerBitbucketPulls, bitbucketPage } from '../pulls/bitbucket-pulls';
import { createFakePulls, type FakePulls } from '../pulls/fake-pulls';

export const BITBUCKET_REPOSITORY = 'team/monorepo';
/** A repository access token, and the login of a person. */
export const BITBUCKET_TOKEN = 'ATCTT3xFfGN0abcdefghij';
export const BITBUCKET_PERSON = 'ada@example.com:ATATT3xFfGF0abcdefghij';

interface BitbucketHook {
  readonly uuid: string;
  url: string;
  active: boolean;
  events: readonly string[];
}

/** What the fake has. Tests read and change it. */
export interface BitbucketState {
  /** Statuses by commit and key, as requested. */
  readonly statuses: Map<string, Readonly<Record<string, string>>>;
  readonly comments: { readonly id: number; readonly pull: number; raw: string; deleted: boolean }[];
  /** The head commit of each open pull request, by number. */
  readonly heads: Map<number, string>;
  readonly hooks: BitbucketHook[];
  readonly secrets: Map<number | string, string>;
  /** The scopes of the token; undefined if the reply does not tell them. */
  scopes: string | undefined;
  /** Pull requests with branches, and the rules of their base. */
  readonly pulls: FakePulls;
}

export interface FakeBitbucket extends GitApiServer {
  readonly apiUrl: string;
  readonly state: BitbucketState;
}

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

/** Starts the fake for the repository `team/monorepo`. With `person`, git gets the API token of a person. */
export async function startFakeBitbucket(repository: TestRepository, person = false): Promise<FakeBitbucket> {
  const state: BitbucketState = {
    statuses: new Map(),
    comments: [],
    heads: new Map(),
    hooks: [],
    secrets: new Map(),
    scopes: 'repository:write, pullrequest, webhook',
    pulls: createFakePulls(repository),
  };
  const server = await startGitApiServer({
    repository,
    gitPath: `${BITBUCKET_REPOSITORY}.git`,
    apiPath: `/2.0/repositories/${BITBUCKET_REPOSITORY}`,
    prefix: '/2.0',
    gitLogin: person
      ? basic(`x-bitbucket-api-token-auth:${BITBUCKET_PERSON.split(':')[1]}`)
      : basic(`x-token-auth:${BITBUCKET_TOKEN}`),
    apiLogins: [person ? basic(BITBUCKET_PERSON) : `Bearer ${BITBUCKET_TOKEN}`],
    answer: (call) => answer(repository, state, call),
  });
  return Object.assign(server, { apiUrl: `${server.url}/2.0`, state });
}

function answer(repository: TestRepository, state: BitbucketState, call: ApiCall): ApiAnswer {
  const { name, body } = call;
  if (name === 'GET ') {
    const headers: Record<string, string> = state.scopes === undefined ? {} : { 'x-oauth-scopes': state.scopes };
    return { status: 200, body: { type: 'repository', full_name: BITBUCKET_REPOSITORY, uuid: '{1}' }, headers };
  }
  const [, commit, isStatus] = /^(?:GET|POST) \/commit\/([0-9a-f]+)(\/statuses\/build)?$/.exec(name) ?? [];
  if (commit !== undefined && isStatus !== undefined) return setStatus(state, commit, body);
  if (commit !== undefined) return findCommit(repository, commit);
  if (name.includes('/hooks')) return answerHooks(state, call);
  return answerBitbucketPulls(state.pulls, call) ?? answerPulls(state, call);
}

/** Bitbucket refuses a status without key, state and link, or with a key of more than 40 characters. */
function setStatus({ statuses }: BitbucketState, commit: string, body: Readonly<Record<string, string>>): ApiAnswer {
  const { key = '', state, url } = body;
  if (key === '' || key.length > 40 || state === undefined || url === undefined) return { status: 400, body: {} };
  statuses.set(`${commit} ${key}`, body);
  return { status: 201, body: { ...body, type: 'commitstatus' } };
}

function findCommit(repository: TestRepository, id: string): ApiAnswer {
  const hash = quietly(() => repository.git('rev-parse', '--verify', '--quiet', `${id}^{commit}`));
  return hash === undefined ? NOT_FOUND : { status: 200, body: { type: 'commit', hash } };
}

function answerHooks(state: BitbucketState, { name, query, body }: ApiCall): ApiAnswer {
  const shown = (hook: BitbucketHook) => ({
    type: 'webhook_subscription',
    subject_type: 'repository',
    ...hook,
    secret_set: state.secrets.has(hook.uuid),
  });
  if (name === 'GET /hooks') return bitbucketPage(state.hooks.map(shown), query);
  const { secret, type: _, ...content }: Partial<BitbucketHook> & { secret?: string; type?: string } = body;
  if (name === 'POST /hooks') {
    const uuid = `{${String(state.hooks.length + 1).padStart(8, '0')}-0000-0000-0000-000000000000}`;
    const hook: BitbucketHook = { url: '', active: false, events: [], ...content, uuid };
    state.hooks.push(hook);
    if (secret !== undefined) state.secrets.set(uuid, secret);
    return { status: 201, body: shown(hook) };
  }
  const [, uuid] = /^PUT \/hooks\/(.+)$/.exec(name) ?? [];
  const found = state.hooks.find((hook) => hook.uuid === uuid);
  if (found === undefined) return NOT_FOUND;
  Object.assign(found, content);
  if (secret !== undefined) state.secrets.set(found.uuid, secret);
  return { status: 200, body: shown(found) };
}

function answerPulls({ heads, comments }: BitbucketState, { name, query, body }: ApiCall): ApiAnswer {
  const [, number, rest = ''] = /^\w+ \/pullrequests\/(\d+)(\/.*)?$/.exec(name) ?? [];
  const pull = Number(number);
  const head = heads.get(pull);
  if (head === undefined) return NOT_FOUND;
  if (rest === '') {
    // Bitbucket abbreviates the head.
    const source = { commit: { hash: head.slice(0, 12) }, branch: { name: 'feature' } };
    return { status: 200, body: { type: 'pullrequest', id: pull, state: 'OPEN', source } };
  }
  const shown = ({ id, raw, deleted }: BitbucketState['comments'][number]) => ({
    type: 'pullrequest_comment',
    id,
    deleted,
    content: { raw, markup: 'markdown', html: '' },
  });
  if (name.startsWith('GET ')) return bitbucketPage(comments.filter((each) => each.pull === pull).map(shown), query);
  const { content } = body as { readonly content?: { readonly raw: string } };
  const raw = content?.raw ?? '';
  if (name.startsWith('POST ')) {
    const comment = { id: comments.length + 1, pull, raw, deleted: false };
    comments.push(comment);
    return { status: 201, body: shown(comment) };
  }
  const found = comments.find(({ id, deleted }) => `/comments/${id}` === rest && !deleted);
  if (found === undefined) return NOT_FOUND;
  found.raw = raw;
  return { status: 200, body: shown(found) };
}
