/** Webhooks of a repository on Bitbucket Data Center, and the rights of the pipeline's token. */
import * as z from 'zod';
import { HOOK_EVENTS, type Hook, type HookEvent } from '../../../core/doctor/judge-webhook';
import type { GitHostHooks, GitHostRights, HookContent, RightsOptions } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { createServerRest, partsOf, readValues, repositoryPath } from './git-host';

const HookReply = z.object({
  id: z.int(),
  url: z.string().default(''),
  active: z.boolean().default(true),
  events: z.array(z.string()).default([]),
  sslVerificationRequired: z.boolean().default(true),
  configuration: z.object({ secret: z.string().optional() }).default({}),
});

/** Bitbucket's names of each event that the webhook gets. */
const EVENTS: Readonly<Record<HookEvent, readonly string[]>> = {
  push: ['repo:refs_changed'],
  pull_request: ['pr:opened', 'pr:from_ref_updated', 'pr:modified'],
};

/** Creates access to webhooks. The token needs the permission to administer the repository. */
export function createServerHooks(options: HostOptions): GitHostHooks {
  const send = createServerRest(options);
  const path = `${repositoryPath(options.repository)}/webhooks`;
  const write = (method: 'POST' | 'PUT', at: string, { url, events, secret }: HookContent) =>
    send({
      method,
      path: at,
      body: {
        name: 'image-pipeline',
        url,
        active: true,
        sslVerificationRequired: true,
        events: events.flatMap((event) => EVENTS[event]),
        configuration: { secret },
      },
      // Creating is not repeated, because a second webhook would deliver every push twice.
      // The description of the API names 200 only, but servers may tell a new webhook as 201.
      expect: [200, 201],
      read: json(HookReply, 'the webhook cannot be set'),
    });
  return {
    list: async () => (await readValues(send, path, HookReply, 'the webhooks cannot be listed')).map(hookOf),
    create: async (content) => (await write('POST', path, content)).id,
    update: async (id, content) => (await write('PUT', `${path}/${id}`, content)).id,
    deliveries: async () => [],
  };
}

/** A reply need not have the secret, so that only an empty one is a fault. */
function hookOf({ id, url, active, events, sslVerificationRequired, configuration }: z.infer<typeof HookReply>): Hook {
  return {
    id,
    url,
    isActive: active,
    events: HOOK_EVENTS.filter((event) => EVENTS[event].every((each) => events.includes(each))),
    verifiesTls: sslVerificationRequired,
    isJson: true,
    hasSecret: configuration.secret !== '',
  };
}

const Repository = z.object({ slug: z.string(), id: z.int(), archived: z.boolean().optional() });

/**
 * Reads the rights without changing anything: the list of repositories can be limited to those that the caller may write to. Statuses and
 * comments need the right to read only. Throws `GitHostError`.
 */
export async function readServerRights({ tasks, ...options }: RightsOptions): Promise<GitHostRights> {
  const send = createServerRest(options);
  const { key, slug } = partsOf(options.repository);
  const found = await send({
    path: repositoryPath(options.repository),
    read: json(Repository, 'the repository cannot be read'),
  });
  const query = new URLSearchParams({ projectkey: key, permission: 'REPO_WRITE' });
  const writable = await readValues(send, `/repos?${query}`, Repository, 'the permissions cannot be read');
  const writes = writable.some(({ id }) => id === found.id);
  const commits = tasks.includes('commit');
  return {
    missing: [
      ...(commits && !writes ? ['permission REPO_WRITE'] : []),
      ...(found.archived === true ? ['a repository that is not archived'] : []),
    ],
    excess: !commits && writes ? ['permission REPO_WRITE'] : [],
    facts: [`repository ${key}/${slug}`, `id ${found.id}`, `permission ${writes ? 'REPO_WRITE' : 'REPO_READ'}`],
  };
}
