/** A fake of Azure DevOps on loopback, with version 0 of git's protocol: https://learn.microsoft.com/rest/api/azure/devops/. */
import {
  type ApiAnswer,
  type ApiCall,
  type GitApiServer,
  NOT_FOUND,
  startGitApiServer,
} from '../../git/git-api-server';
import type { TestRepository } from '../../git/git-repository';
import { answerAzurePulls, azureEvaluations } from '../pulls/azure-pulls';
import { createFakePulls, type FakePulls } from '../pulls/fake-pulls';

/** Names of projects may have spaces. */
export const AZURE_REPOSITORY = 'team/Cloud Tuner/monorepo';
export const AZURE_TOKEN = '0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef';
const REPOSITORY_ID = '278d5cd2-584d-4b63-824a-2ba458937249';
const PROJECT_ID = '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c';

/** A subscription as Azure stores it. */
export interface AzureSubscription {
  readonly id: string;
  readonly eventType: string;
  status: string;
  publisherInputs: Readonly<Record<string, string>>;
  consumerInputs: Readonly<Record<string, string>>;
}

/** What the fake has. Tests read and change it. */
export interface AzureState {
  readonly statuses: Readonly<Record<string, unknown>>[];
  readonly threads: { readonly id: number; readonly pull: number; status: string; content: string; deleted: boolean }[];
  /** The head commit of each active pull request, by number. */
  readonly heads: Map<number, string>;
  readonly subscriptions: AzureSubscription[];
  /** The sum of the permissions of the token's owner. */
  permissions: number;
  disabled: boolean;
  /** Policies by the full name of their branch. */
  readonly policies: Map<string, readonly Readonly<Record<string, unknown>>[]>;
  /** Branches that are locked. */
  readonly locked: Set<string>;
  /** Pull requests with branches, and the rules of their base. */
  readonly pulls: FakePulls;
}

export interface FakeAzure extends GitApiServer {
  readonly apiUrl: string;
  readonly state: AzureState;
  /** Adds the subscription of an event, like a person. */
  addSubscription(url: string, eventType: string, changes?: Readonly<Record<string, string>>): string;
}

/** Starts the fake for one repository. */
export async function startFakeAzure(repository: TestRepository): Promise<FakeAzure> {
  const state: AzureState = {
    statuses: [],
    threads: [],
    heads: new Map(),
    subscriptions: [],
    permissions: 2 + 4 + 16384,
    disabled: false,
    policies: new Map(),
    locked: new Set(),
    pulls: createFakePulls(repository),
  };
  const login = `Basic ${Buffer.from(`:${AZURE_TOKEN}`).toString('base64')}`;
  const [organization, project, name] = AZURE_REPOSITORY.split('/').map(encodeURIComponent);
  const server = await startGitApiServer({
    repository,
    gitPath: `${organization}/${project}/_git/${name}`,
    apiPath: '/team',
    prefix: '',
    gitLogin: login,
    apiLogins: [login],
    protocol: 0,
    refuses: (body) => (body.includes('multi_ack') ? undefined : 'TF401041: Clients must support multi-ack.'),
    answer: (call) => answerBranches(repository, state, call) ?? answer(state, call),
  });
  const addSubscription = (url: string, eventType: string, { status = 'enabled', ...inputs } = {}) => {
    const id = `00000000-0000-0000-0000-${String(state.subscriptions.length).padStart(12, '0')}`;
    const publisherInputs = { projectId: PROJECT_ID, repository: REPOSITORY_ID };
    const consumerInputs = { url, basicAuthUsername: 'image-pipeline', basicAuthPassword: 'x', ...inputs };
    state.subscriptions.push({ id, eventType, status, publisherInputs, consumerInputs });
    return id;
  };
  return Object.assign(server, { apiUrl: server.url, state, addSubscription });
}

/** Replies about branches and their policies; undefined for any other call. */
function answerBranches(
  repository: TestRepository,
  state: AzureState,
  { name, query }: ApiCall,
): ApiAnswer | undefined {
  if (name === 'GET /Cloud Tuner/_apis/git/policy/configurations') {
    const isOurs = query.get('repositoryId') === REPOSITORY_ID;
    const rule = { isEnabled: true, isBlocking: true, type: { displayName: 'Minimum number of reviewers' } };
    const ruled = state.pulls.rules.isProtected ? [rule] : [];
    const value = isOurs ? [...ruled, ...(state.policies.get(query.get('refName') ?? '') ?? [])] : [];
    return { status: 200, body: { count: value.length, value } };
  }
  if (name !== 'GET /Cloud Tuner/_apis/git/repositories/monorepo/refs') return undefined;
  const lines = repository.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n').filter(Boolean);
  const all = lines
    .map((line) => line.split(' '))
    .map(([ref = '', objectId]) => ({
      name: ref,
      objectId,
      isLocked: state.locked.has(ref),
    }));
  const value = all.filter((ref) => ref.name.startsWith(`refs/${query.get('filter')}`));
  return { status: 200, body: { count: value.length, value } };
}

function answer(state: AzureState, call: ApiCall): ApiAnswer {
  if (call.name === 'GET /Cloud Tuner/_apis/policy/evaluations') return answerEvaluations(state, call.query);
  if (call.query.get('api-version') !== '7.1') return { status: 400, body: { message: 'no api-version' } };
  if (call.name.includes('/_apis/hooks/subscriptions')) return answerHooks(state, call);
  const [, bit] = /^GET \/_apis\/permissions\/2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87\/(\d+)$/.exec(call.name) ?? [];
  if (bit !== undefined) {
    const isRight = call.query.get('tokens') === `repoV2/${PROJECT_ID}/${REPOSITORY_ID}`;
    return { status: 200, body: { count: 1, value: [isRight && (state.permissions & Number(bit)) !== 0] } };
  }
  const below = call.name.replace(' /Cloud Tuner/_apis/git/repositories/monorepo', ' ');
  return answerRepository(state, { ...call, name: below });
}

/** These are a preview in this version of the API. */
function answerEvaluations({ pulls }: AzureState, query: URLSearchParams): ApiAnswer {
  const prefix = `vstfs:///CodeReview/CodeReviewId/${PROJECT_ID}/`;
  const artifact = query.get('artifactId') ?? '';
  if (query.get('api-version') !== '7.1-preview.1' || !artifact.startsWith(prefix)) return NOT_FOUND;
  const value = azureEvaluations(pulls, Number(artifact.slice(prefix.length)));
  return { status: 200, body: { count: value.length, value } };
}

function answerRepository(state: AzureState, call: ApiCall): ApiAnswer {
  const { name, body } = call;
  const project = { id: PROJECT_ID, name: 'Cloud Tuner' };
  if (name === 'GET ') {
    return { status: 200, body: { id: REPOSITORY_ID, name: 'monorepo', isDisabled: state.disabled, project } };
  }
  const proposed = answerAzurePulls(state.pulls, { id: REPOSITORY_ID, project }, call);
  if (proposed !== undefined) return proposed;
  const [, commit] = /^POST \/commits\/([0-9a-f]{40})\/statuses$/.exec(name) ?? [];
  if (commit !== undefined) {
    state.statuses.push({ commit, ...body });
    return { status: 200, body: { id: state.statuses.length, ...body } };
  }
  const [, number, rest = ''] = /^\w+ \/pull[rR]equests\/(\d+)(\/.*)?$/.exec(name) ?? [];
  const head = state.heads.get(Number(number));
  if (head === undefined) return NOT_FOUND;
  if (rest !== '') return answerThreads(state, Number(number), `${name.split(' ')[0]} ${rest}`, body);
  const pull = { pullRequestId: Number(number), status: 'active', lastMergeSourceCommit: { commitId: head } };
  return { status: 200, body: pull };
}

function answerThreads({ threads }: AzureState, pull: number, name: string, body: ApiCall['body']): ApiAnswer {
  const shown = ({ id, status, content, deleted }: AzureState['threads'][number]) => ({
    id,
    status,
    comments: [{ id: 1, parentCommentId: 0, commentType: 'text', isDeleted: deleted, ...(deleted ? {} : { content }) }],
  });
  if (name === 'GET /threads') {
    const value = threads.filter((each) => each.pull === pull).map(shown);
    return { status: 200, body: { count: value.length, value } };
  }
  if (name === 'POST /threads') {
    const { comments, status } = body as { comments?: readonly { content: string }[]; status?: string };
    const thread = {
      id: 100 + threads.length,
      pull,
      status: status ?? 'active',
      content: comments?.[0]?.content ?? '',
    };
    threads.push({ ...thread, deleted: false });
    return { status: 200, body: shown({ ...thread, deleted: false }) };
  }
  const [, id] = /^PATCH \/threads\/(\d+)\/comments\/1$/.exec(name) ?? [];
  const found = threads.find((each) => each.id === Number(id) && !each.deleted);
  if (found === undefined) return NOT_FOUND;
  found.content = (body as { content?: string }).content ?? '';
  return { status: 200, body: { id: 1, content: found.content } };
}

function answerHooks(state: AzureState, { name, body }: ApiCall): ApiAnswer {
  // No reply has a password.
  const shown = (subscription: AzureSubscription) => {
    const { basicAuthPassword, ...consumerInputs } = subscription.consumerInputs;
    const masked = !basicAuthPassword ? {} : { basicAuthPassword: '********' };
    return { ...subscription, consumerInputs: { ...consumerInputs, ...masked }, publisherId: 'tfs' };
  };
  if (name === 'GET /_apis/hooks/subscriptions') {
    return { status: 200, body: { count: state.subscriptions.length, value: state.subscriptions.map(shown) } };
  }
  const {
    eventType = '',
    status = 'enabled',
    publisherInputs = {},
    consumerInputs = {},
  } = body as Partial<AzureSubscription>;
  const content = { eventType, status, publisherInputs, consumerInputs };
  if (name === 'POST /_apis/hooks/subscriptions') {
    const made = { id: `10000000-0000-0000-0000-${String(state.subscriptions.length).padStart(12, '0')}`, ...content };
    state.subscriptions.push(made);
    return { status: 200, body: shown(made) };
  }
  const [, id] = /^PUT \/_apis\/hooks\/subscriptions\/(.+)$/.exec(name) ?? [];
  const found = state.subscriptions.find((each) => each.id === id);
  if (found === undefined) return NOT_FOUND;
  Object.assign(found, content);
  return { status: 200, body: shown(found) };
}
