/** One request of the corpus in `test/fixtures/webhooks`, and its conversion to an event. */
import { createHmac } from 'node:crypto';
import type { Settings } from '../../../core/settings/schema';
import type { HttpEvent, WebhookReply } from '../../../lambdas/webhook/delivery';
import { AFTER, BEFORE, pushPayload, SECRET, settings } from './deliveries';

export interface CorpusCase {
  readonly name: string;
  /** Fields that replace those of the resource of Azure DevOps. */
  readonly resource?: Readonly<Record<string, unknown>>;
  /** Fields that replace those of an ordinary push. `remove` names fields to drop. */
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** The number of commits. The last one is the head. */
  readonly commits?: number;
  /** Replaces the payload: text, bytes, or text with a repeated part. */
  readonly raw?: string;
  readonly rawBase64?: string;
  readonly repeat?: {
    readonly before: string;
    readonly text: string;
    readonly times: number;
    readonly after: string;
    readonly close?: string;
    readonly end?: string;
  };
  /** Headers that replace the valid ones; null removes one. `fillHeader` fills in `{{...}}`. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly secret?: string;
  readonly base64?: boolean;
  readonly settings?: 'by-name';
  readonly expect: { readonly status: number; readonly result: WebhookReply['result']; readonly reason?: string };
}

export interface CorpusFile {
  readonly host: 'github' | 'gitlab' | 'bitbucket' | 'bitbucket-data-center' | 'azure-devops';
  readonly cases: readonly CorpusCase[];
}

const AZURE_ID = '278d5cd2-584d-4b63-824a-2ba458937249';
const BITBUCKET_ID = '{c7a04a76-fa20-43e4-dc42-a7506db4c95b}';
export const NOW = 1_760_000_000_000;
export const PLAIN_TOKEN = 'a plain token';
export const SIGNING_TOKEN = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
export const SECRETS = {
  github: [SECRET, 'the previous secret', ''],
  bitbucket: [SECRET, 'the previous secret', ''],
  'bitbucket-data-center': [SECRET, 'the previous secret', ''],
  'azure-devops': [SECRET, 'the previous secret', ''],
  gitlab: [PLAIN_TOKEN, SIGNING_TOKEN, ''],
} as const;

/** Returns the event that API Gateway passes to the function. */
export function eventOf(host: CorpusFile['host'], request: CorpusCase): HttpEvent {
  const body = bodyOf(host, request);
  const right = HEADERS[host];
  const headers = Object.entries({ ...right, ...request.headers })
    .filter((header): header is [string, string] => header[1] !== null)
    .map(([name, value]) => [name, fillHeader(value, body, request)]);
  const isBase64Encoded = request.base64 === true;
  return {
    headers: Object.fromEntries(headers),
    body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

/** Returns the settings for the case. */
export function settingsOf(host: CorpusFile['host'], request: CorpusCase): Settings {
  const git = { host, repository: 'cloud-tuner/optscale', apiUrl: 'https://git.example.com' } as const;
  const named = { ...git, repository: git.repository } as Settings['git'];
  return {
    ...settings,
    git: request.settings === 'by-name' ? named : ({ ...named, repositoryId: IDS[host] } as Settings['git']),
  };
}

const IDS = {
  github: 123456,
  gitlab: 123456,
  bitbucket: BITBUCKET_ID,
  'bitbucket-data-center': 123456,
  'azure-devops': AZURE_ID,
};

const GITHUB_HEADERS = {
  'content-type': 'application/json',
  'x-github-event': 'push',
  'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  'x-hub-signature-256': 'sha256={{hmac}}',
};
const GITLAB_HEADERS = {
  'content-type': 'application/json',
  'x-gitlab-event': 'Push Hook',
  'x-gitlab-event-uuid': '13792a34-cac6-4fda-95a8-c58e00a3954e',
  'x-gitlab-token': PLAIN_TOKEN,
};

const BITBUCKET_HEADERS = {
  'content-type': 'application/json',
  'x-event-key': 'repo:push',
  'x-request-uuid': '13792a34-cac6-4fda-95a8-c58e00a3954e',
  'x-hub-signature': 'sha256={{hmac}}',
};
const AZURE_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  authorization: 'Basic {{basic}}',
  'x-vss-subscriptionid': '00000000-0000-0000-0000-000000000000',
};
const HEADERS = {
  github: GITHUB_HEADERS,
  gitlab: GITLAB_HEADERS,
  bitbucket: BITBUCKET_HEADERS,
  'bitbucket-data-center': { ...BITBUCKET_HEADERS, 'x-event-key': 'repo:refs_changed' },
  'azure-devops': AZURE_HEADERS,
};

function bodyOf(
  host: CorpusFile['host'],
  { raw, rawBase64, repeat, payload, resource, remove, commits }: CorpusCase,
): Buffer {
  if (raw !== undefined) return Buffer.from(raw);
  if (rawBase64 !== undefined) return Buffer.from(rawBase64, 'base64');
  if (repeat !== undefined) {
    const { before, text, times, after, close = '', end = '' } = repeat;
    return Buffer.from(before + text.repeat(times) + after + close.repeat(times) + end);
  }
  const ordinary = PAYLOADS[host]();
  const many = commits === undefined ? {} : { commits: generateCommits(commits) };
  const inner = resource === undefined ? {} : { resource: { ...azurePush(), ...resource } };
  const fields = Object.entries({ ...ordinary, ...many, ...inner, ...payload }).filter(
    ([name]) => !remove?.includes(name),
  );
  return Buffer.from(JSON.stringify(Object.fromEntries(fields)).replace(/\{\{x\*(\d+)\}\}/g, repeatX));
}

function gitLabPayload(): Record<string, unknown> {
  return {
    object_kind: 'push',
    event_name: 'push',
    ref: 'refs/heads/develop',
    before: BEFORE,
    after: AFTER,
    checkout_sha: AFTER,
    project_id: 123456,
    project: { id: 123456, path_with_namespace: 'cloud-tuner/optscale' },
    commits: [{ id: AFTER, message: 'a change', added: [], modified: ['auth/main.py'], removed: [] }],
    total_commits_count: 1,
  };
}

function bitbucketPayload(): Record<string, unknown> {
  const ref = (hash: string) => ({ type: 'branch', name: 'develop', target: { type: 'commit', hash } });
  return {
    actor: { type: 'user', display_name: 'Ada' },
    repository: { type: 'repository', uuid: BITBUCKET_ID, full_name: 'cloud-tuner/optscale' },
    push: {
      changes: [{ old: ref(BEFORE), new: ref(AFTER), created: false, closed: false, forced: false, commits: [] }],
    },
  };
}

function serverPayload(): Record<string, unknown> {
  return {
    eventKey: 'repo:refs_changed',
    date: '2025-10-09T08:53:20+0000',
    actor: { name: 'ada', displayName: 'Ada', id: 1 },
    repository: { slug: 'optscale', id: 123456, name: 'OptScale', project: { key: 'CLOUD-TUNER', id: 84 } },
    changes: [
      {
        ref: { id: 'refs/heads/develop', displayId: 'develop', type: 'BRANCH' },
        refId: 'refs/heads/develop',
        fromHash: BEFORE,
        toHash: AFTER,
        type: 'UPDATE',
      },
    ],
  };
}

function azurePayload(): Record<string, unknown> {
  return {
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    notificationId: 3,
    id: '03c164c2-8912-4d5e-8009-3707d5f83734',
    eventType: 'git.push',
    publisherId: 'tfs',
    resource: azurePush(),
    resourceVersion: '1.0',
    createdDate: '2025-10-09T08:53:21.2Z',
  };
}

/** Returns the resource of a push. */
function azurePush(): Record<string, unknown> {
  const project = { id: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', name: 'Cloud Tuner' };
  return {
    commits: [{ commitId: AFTER, comment: 'a change', author: { name: 'Ada' } }],
    refUpdates: [{ name: 'refs/heads/develop', oldObjectId: BEFORE, newObjectId: AFTER }],
    repository: { id: AZURE_ID, name: 'optscale', project },
    pushedBy: { displayName: 'Ada', uniqueName: 'ada@example.com' },
    pushId: 14,
    date: '2025-10-09T08:53:20.1234567Z',
  };
}

const PAYLOADS = {
  github: pushPayload,
  gitlab: gitLabPayload,
  bitbucket: bitbucketPayload,
  'bitbucket-data-center': serverPayload,
  'azure-devops': azurePayload,
};

function generateCommits(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index === count - 1 ? AFTER : index.toString(16).padStart(40, '0'),
    message: `change ${index}`,
    modified: [`service${index}/main.py`],
  }));
}

/** Fills in `{{basic}}`, `{{basic:user}}`, `{{hmac}}`, `{{hmac:63}}` (cut), `{{now-360}}`, `{{standard}}`, `{{standard:<id>}}` and `{{x*1000}}`. */
function fillHeader(header: string, body: Buffer, { secret = SECRET, headers = {} }: CorpusCase): string {
  const now = (offset: string) => String(NOW / 1000 + Number(offset || 0));
  const timestamp = (headers['webhook-timestamp'] ?? '').replace(/\{\{now([+-]\d+)?\}\}/, (_, offset) => now(offset));
  const key = Buffer.from(SIGNING_TOKEN.slice('whsec_'.length), 'base64');
  return header
    .replace(/\{\{basic(?::([\w-]+))?\}\}/g, (_, user) =>
      Buffer.from(`${user ?? 'image-pipeline'}:${secret}`).toString('base64'),
    )
    .replace(/\{\{hmac(?::(\d+))?\}\}/g, (_, length) =>
      createHmac('sha256', secret)
        .update(body)
        .digest('hex')
        .slice(0, Number(length ?? 64)),
    )
    .replace(/\{\{standard(?::(\w+))?\}\}/g, (_, id) =>
      createHmac('sha256', key)
        .update(`${id ?? headers['webhook-id']}.${timestamp}.`)
        .update(body)
        .digest('base64'),
    )
    .replace(/\{\{now([+-]\d+)?\}\}/g, (_, offset) => now(offset))
    .replace(/\{\{x\*(\d+)\}\}/g, repeatX);
}

function repeatX(_: string, times: string): string {
  return 'x'.repeat(Number(times));
}
