/** Fakes of GitHub and GitLab on loopback for setup and doctor: rights, webhooks and deliveries. */
import { type ScriptedHost, type ScriptedReply, startScriptedHost } from '../http/scripted-host';

export const HOOKS_REPOSITORY = 'team/monorepo';
export const HOOKS_TOKEN = 'github_pat_0123456789abcdefghij';

/** A host that stores webhooks. */
export interface FakeHooks extends ScriptedHost {
  readonly apiUrl: string;
  /** Webhooks by number, in the format of the host's API. Secrets are in `secrets`, because no host returns them. */
  readonly hooks: Map<number, Readonly<Record<string, unknown>>>;
  readonly secrets: Map<number, string>;
  /** Signing tokens of GitLab. */
  readonly signingTokens: Map<number, string>;
  /** False for a GitLab before 19.0 or with the feature flag off. `older` omits the field. */
  signs: boolean | 'older';
  /** Deliveries of every webhook, newest first, in the format of the host's API. */
  deliveries: readonly object[];
  /** True if branches accept no pushes. */
  refusesPushes: boolean;
  /** Adds a webhook like a person. */
  addHook(url: string, changes?: Readonly<Record<string, unknown>>): number;
}

/** The rights of the caller, which change replies. */
export interface FakeRights {
  writes: boolean;
  seesHooks: boolean;
  /** True if the caller may write branches. The default is `writes`. */
  commits?: boolean;
}

/** Starts a GitHub with one repository. */
export async function startFakeGitHubHooks(rights: FakeRights = { writes: true, seesHooks: true }): Promise<FakeHooks> {
  const host = await startScriptedHost();
  const base = `/repos/${HOOKS_REPOSITORY}`;
  const forbidden: ScriptedReply = {
    status: 403,
    body: { message: 'Resource not accessible by personal access token' },
  };
  const probe = (message: string, isAllowed: () => boolean) => () =>
    isAllowed() ? { status: 422, body: { message, documentation_url: 'https://docs.github.com/rest' } } : forbidden;
  const fake = keepHooks(host, `${host.url}`, (url, changes) => ({
    type: 'Repository',
    name: 'web',
    active: true,
    events: ['push', 'pull_request'],
    config: { url, content_type: 'json', insecure_ssl: '0', secret: '********' },
    ...changes,
  }));
  const { replies } = host;
  replies.set(`GET ${base}`, ({ headers }) =>
    headers.authorization === `Bearer ${HOOKS_TOKEN}`
      ? { body: { full_name: HOOKS_REPOSITORY, archived: false }, headers: { 'x-oauth-scopes': 'repo' } }
      : { status: 401, body: { message: 'Bad credentials' } },
  );
  replies.set(`GET ${base}/commits`, { body: [] });
  replies.set(
    `POST ${base}/git/refs`,
    probe('Object does not exist', () => rights.commits ?? rights.writes),
  );
  replies.set(
    `POST ${base}/statuses/${'0'.repeat(40)}`,
    probe('No commit found for SHA', () => rights.writes),
  );
  replies.set(`POST ${base}/issues/2147483647/comments`, () =>
    rights.writes ? { status: 404, body: { message: 'Not Found' } } : forbidden,
  );
  replies.set(
    `POST ${base}/pulls`,
    probe('Validation Failed', () => rights.writes),
  );
  for (const branch of ['main', 'develop']) {
    replies.set(`GET ${base}/rules/branches/${branch}`, () => ({
      body: fake.refusesPushes ? [{ type: 'pull_request', ruleset_id: 7 }] : [],
    }));
  }
  replies.set(`GET ${base}/rulesets/7`, { body: { id: 7, current_user_can_bypass: 'never' } });
  replies.set('POST /graphql', { body: { data: { repository: { ref: { refUpdateRule: null } } } } });
  replies.set(`GET ${base}/hooks`, () => (rights.seesHooks ? { body: [...fake.hooks.values()] } : forbidden));
  replies.set(`POST ${base}/hooks`, ({ body }) => {
    const { active, events, config } = JSON.parse(body);
    const isThere = [...fake.hooks.values()].some((hook) => (hook.config as { url: string }).url === config.url);
    if (isThere) return { status: 422, body: { message: 'Hook already exists on this repository' } };
    const id = fake.addHook(config.url, { active, events });
    fake.secrets.set(id, config.secret);
    return { status: 201, body: fake.hooks.get(id) };
  });
  forFirstHooks((id) => {
    replies.set(`PATCH ${base}/hooks/${id}`, ({ body }) => {
      const { active, events, config } = JSON.parse(body);
      const { secret, ...shown } = config;
      fake.secrets.set(id, secret);
      fake.hooks.set(id, { ...fake.hooks.get(id), active, events, config: { ...shown, secret: '********' } });
      return { body: fake.hooks.get(id) };
    });
    replies.set(`GET ${base}/hooks/${id}/deliveries`, () => ({ body: fake.deliveries }));
  });
  return fake;
}

/** Starts a GitLab with one project. `level` is the token's role, and `scopes` are its scopes. */
export async function startFakeGitLabHooks(
  token: { scopes: readonly string[]; level: number } = { scopes: ['api', 'write_repository'], level: 40 },
): Promise<FakeHooks> {
  const host = await startScriptedHost();
  const base = `/api/v4/projects/${HOOKS_REPOSITORY}`;
  const { replies } = host;
  const fake = keepHooks(host, `${host.url}/api/v4`, (url, changes) => ({
    url,
    push_events: true,
    merge_requests_events: true,
    enable_ssl_verification: true,
    alert_status: 'executable',
    ...changes,
  }));
  replies.set('GET /api/v4/personal_access_tokens/self', () => ({
    body: { id: 1, active: true, scopes: token.scopes, expires_at: '2027-06-01' },
  }));
  replies.set(`GET ${base}`, () => ({
    body: {
      path_with_namespace: HOOKS_REPOSITORY,
      archived: false,
      permissions: { project_access: { access_level: token.level }, group_access: null },
    },
  }));
  /** A webhook that a person created has a token. */
  const shown = (id: number) => {
    const told = { token_present: fake.secrets.get(id) !== '', signing_token_present: fake.signingTokens.has(id) };
    return { ...fake.hooks.get(id), ...(fake.signs === 'older' ? {} : told) };
  };
  const keepTokens = (id: number, token: string | undefined, signing: string | undefined) => {
    if (token !== undefined) fake.secrets.set(id, token);
    if (signing !== undefined && fake.signs === true) fake.signingTokens.set(id, signing);
  };
  for (const branch of ['main', 'develop']) {
    replies.set(`GET ${base}/repository/branches/${branch}`, () => ({
      body: { protected: fake.refusesPushes, can_push: !fake.refusesPushes },
    }));
  }
  replies.set(`GET ${base}/hooks`, () => ({ body: [...fake.hooks.keys()].map(shown) }));
  replies.set(`POST ${base}/hooks`, ({ body }) => {
    const { url, token = '', signing_token, ...content } = JSON.parse(body);
    const id = fake.addHook(url, content);
    keepTokens(id, token, signing_token);
    return { status: 201, body: shown(id) };
  });
  forFirstHooks((id) => {
    replies.set(`PUT ${base}/hooks/${id}`, ({ body }) => {
      const { token, signing_token, ...content } = JSON.parse(body);
      keepTokens(id, token, signing_token);
      fake.hooks.set(id, { ...fake.hooks.get(id), ...content });
      return { body: shown(id) };
    });
    replies.set(`DELETE ${base}/hooks/${id}`, () => ({ status: fake.hooks.delete(id) ? 204 : 404 }));
    replies.set(`GET ${base}/hooks/${id}/events`, () => ({ body: fake.deliveries }));
  });
  return fake;
}

function keepHooks(
  host: ScriptedHost,
  apiUrl: string,
  make: (url: string, changes: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): FakeHooks {
  const hooks = new Map<number, Readonly<Record<string, unknown>>>();
  return {
    ...host,
    apiUrl,
    hooks,
    secrets: new Map(),
    signingTokens: new Map(),
    signs: true,
    deliveries: [],
    refusesPushes: false,
    addHook: (url, changes = {}) => {
      const id = 100 + hooks.size;
      hooks.set(id, { id, ...make(url, changes) });
      return id;
    },
  };
}

/** Adds routes for the first few webhooks, because the table of replies has no patterns. */
function forFirstHooks(add: (id: number) => void): void {
  for (let id = 100; id < 110; id += 1) add(id);
}
