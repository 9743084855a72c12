/** Webhooks of a repository on Bitbucket Cloud, and the rights of the pipeline's token. */
import * as z from 'zod';
import { HOOK_EVENTS, type Hook, type HookEvent } from '../../../core/doctor/judge-webhook';
import type { GitHostHooks, GitHostRights, HookContent, RightsOptions } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { createBitbucketRest, readValues } from './git-host';

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
export function createBitbucketHooks(options: HostOptions): GitHostHooks {
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
      // Creating is not repeated, because a second webhook would deliver every push twice.
      expect: [method === 'POST' ? 201 : 200],
      read: json(HookReply, 'the webhook cannot be set'),
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
  return {
    id: uuid,
    url,
    isActive: active,
    events: HOOK_EVENTS.filter((event) => EVENTS[event].every((each) => events.includes(each))),
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

/**
 * Reads the rights with one request, which changes nothing. Bitbucket names the scopes of a token in the header `X-OAuth-Scopes` of every
 * reply; without it, only the right to read is known. Throws `GitHostError`.
 */
export async function readBitbucketRights({ tasks, ...options }: RightsOptions): Promise<GitHostRights> {
  const { repository, told } = await createBitbucketRest(options)({
    path: '',
    read: async (reply) => ({
      repository: await json(Repository, 'the repository cannot be read')(reply),
      told: reply.headers.get('x-oauth-scopes'),
    }),
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
