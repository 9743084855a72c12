/** Webhooks of a repository on Gitea and Forgejo, and the rights of the pipeline's token. */
import * as z from 'zod';
import { HOOK_EVENTS, type Hook } from '../../../core/doctor/judge-webhook';
import type { GitHostHooks, GitHostRights, HookContent, RightsOptions } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { createGiteaRest, readPages } from './git-host';

const HookReply = z.object({
  id: z.int(),
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ url: z.string().default(''), content_type: z.string().default('json') }),
});

/**
 * Creates access to webhooks: https://docs.gitea.com/api/#tag/repository/operation/repoCreateHook. The token needs `write:repository` of an
 * administrator of the repository. Deliveries are shown on the web page of the webhook only.
 */
export function createGiteaHooks(options: HostOptions): GitHostHooks {
  const send = createGiteaRest(options);
  const create = async ({ url, events, secret }: HookContent): Promise<number> => {
    const { id } = await send({
      method: 'POST',
      path: '/hooks',
      body: { type: 'gitea', active: true, events: [...events], config: { url, content_type: 'json', secret } },
      // A second webhook would deliver every push twice.
      expect: [201],
      read: json(HookReply, 'the webhook cannot be set'),
    });
    return id;
  };
  return {
    list: async () => (await readPages(send, '/hooks', HookReply, 'the webhooks cannot be listed')).map(hookOf),
    create,
    // Gitea ignores a new secret of a webhook: `editHook` in routers/api/v1/utils/hook.go, version 1.26. The old one is removed last, so
    // that no push is missed.
    update: async (id, content) => {
      const made = await create(content);
      await send({ method: 'DELETE', path: `/hooks/${id}`, expect: [204, 404] });
      return made;
    },
    deliveries: async () => [],
  };
}

/** `pull_request` stands for all events of pull requests. Neither the secret nor the check of certificates is in the reply. */
function hookOf({ id, active, events, config }: z.infer<typeof HookReply>): Hook {
  return {
    id,
    url: config.url,
    isActive: active,
    events: HOOK_EVENTS.filter((event) => events.includes(event)),
    verifiesTls: true,
    isJson: config.content_type === 'json',
    hasSecret: true,
  };
}

const Repository = z.object({
  full_name: z.string(),
  archived: z.boolean().optional(),
  permissions: z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() }).optional(),
});

/** Reads the rights with one request, which changes nothing. A token does not tell its scopes. Throws `GitHostError`. */
export async function readGiteaRights({ tasks, ...options }: RightsOptions): Promise<GitHostRights> {
  const read = json(Repository, 'the repository cannot be read');
  const repository = await createGiteaRest(options)<z.infer<typeof Repository>>({
    path: '',
    read,
  });
  const { push = false, pull = false, admin = false } = repository.permissions ?? {};
  const commits = tasks.includes('commit');
  return {
    missing: [
      ...(pull ? [] : ['permission read']),
      // Gitea lets only those set a status who may push.
      ...(push ? [] : ['permission write']),
      ...(repository.archived === true ? ['a repository that is not archived'] : []),
    ],
    excess: !commits && admin ? ['permission admin'] : [],
    facts: [`repository ${repository.full_name}`, `permission ${admin ? 'admin' : push ? 'write' : 'read'}`],
  };
}
