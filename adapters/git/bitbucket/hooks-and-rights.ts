/** Webhooks of a repository on Bitbucket Cloud, and the rights of the pipeline's token. */
import * as z from 'zod';
import type { Hook, HookEvent } from '../../../core/doctor/judge-webhook';
import type { GitTask } from '../../../core/settings/git-login';
import type { GitHostHooks, GitHostRights, HookContent } from '../git-host-access';
import { type BitbucketOptions, createBitbucketRest, readValues } from './git-host';

const HookReply = z.object({
  uuid: z.string(),
  url: z.string().default(''),
  active: z.boolean().default(true),
  events: z.array(z.string()).default([]),
  secret_set: z.boolean().default(false),
});

/** Bitbucket's names of each event that the webhook gets. */
const EVENTS: Readonly<Record<HookEvent, readonly string[]>> = {
  push: ['repo:push'],
  pull_request: ['pullrequest:created', 'pullrequest:updated'],
};

/**
 * Creates access to webhooks: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/. The token needs the scope
 * `webhook`. Deliveries are shown on the web page of the webhook only.
 */
export function createBitbucketHooks(options: BitbucketOptions): GitHostHooks {
  const send = createBitbucketRest(options);
  const write = (method: 'POST' | 'PUT', path: string, { url, events, secret }: HookContent) =>
    send({
      method,
      path,
      body: {
        type: 'webhook_subscription',
        description: 'image-pipeline',
        url,
        active: true,
        events: events.flatMap((event) => EVENTS[event]),
        secret,
      },
      // A second webhook would deliver every push twice.
      repeatable: method === 'PUT',
      expect: method === 'POST' ? 201 : 200,
      reads: [HookReply, 'the webhook cannot be set'],
    });
  return {
    list: async () => (await readValues(send, '/hooks', HookReply, 'the webhooks cannot be listed')).map(hookOf),
    create: async (content) => (await write('POST', '/hooks', content)).uuid,
    update: async (id, content) => (await write('PUT', `/hooks/${encodeURIComponent(id)}`, content)).uuid,
    deliveries: async () => [],
  };
}

/** Bitbucket's API does not say whether a webhook skips the check of certificates, and sends JSON only. */
function hookOf({ uuid, url, active, events, secret_set }: z.infer<typeof HookReply>): Hook {
  const known: readonly HookEvent[] = ['push', 'pull_request'];
  return {
    id: uuid,
    url,
    isActive: active,
    events: known.filter((event) => EVENTS[event].every((each) => events.includes(each))),
    verifiesTls: true,
    isJson: true,
    hasSecret: secret_set,
  };
}

const Repository = z.object({ full_name: z.string(), uuid: z.string().optional() });

/** Scopes that allow each: the first name is that of access tokens, the last that of API tokens. */
const READS = ['repository', 'repository:write', 'read:repository:bitbucket', 'write:repository:bitbucket'];
const WRITES = ['repository:write', 'write:repository:bitbucket'];
const COMMENTS = ['pullrequest', 'pullrequest:write', 'read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'];
const PROPOSES = ['pullrequest:write', 'write:pullrequest:bitbucket'];

export interface BitbucketRightsOptions extends BitbucketOptions {
  /** The tasks of the login. */
  readonly tasks: readonly GitTask[];
}

/**
 * Reads the rights with one request, which changes nothing. Bitbucket names the scopes of a token in the header `X-OAuth-Scopes` of every
 * reply; without it, only the right to read is known. Throws `GitHostError`.
 */
export async function readBitbucketRights({ tasks, ...options }: BitbucketRightsOptions): Promise<GitHostRights> {
  let told: string | null = null;
  const repository = await createBitbucketRest(options)({
    method: 'GET',
    path: '',
    repeatable: true,
    expect: 200,
    reads: [Repository, 'the repository cannot be read'],
    headers: (headers) => {
      told = headers.get('x-oauth-scopes');
    },
  });
  const scopes = (told ?? '').split(',').map((scope) => scope.trim());
  const lacks = (allowed: readonly string[]) => told !== null && !allowed.some((scope) => scopes.includes(scope));
  const commits = tasks.includes('commit');
  return {
    missing: [
      ...(lacks(READS) ? ['scope repository'] : []),
      ...(commits && lacks(WRITES) ? ['scope repository:write'] : []),
      ...(tasks.includes('comment') && lacks(COMMENTS) ? ['scope pullrequest'] : []),
      ...(tasks.includes('propose') && lacks(PROPOSES) ? ['scope pullrequest:write'] : []),
    ],
    excess: !commits && WRITES.some((scope) => scopes.includes(scope)) ? ['scope repository:write'] : [],
    facts: [
      `repository ${repository.full_name}`,
      ...(repository.uuid === undefined ? [] : [`id ${repository.uuid}`]),
      told === null ? 'its scopes are not told' : `scopes ${scopes.join(', ')}`,
    ],
  };
}
