/** Webhooks of a repository on GitHub: https://docs.github.com/en/rest/repos/webhooks */
import * as z from 'zod';
import { type Delivery, HOOK_EVENTS, type Hook } from '../../../core/doctor/judge-webhook';
import { discardBody } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import type { GitHostHooks, HookContent } from '../git-host-access';
import { createGitHubApi, type GitHubOptions, readGitHubJson } from './api';

const PER_PAGE = 100;
const MAX_PAGES = 10;
const DELIVERIES = 20;

const Hooks = z.array(
  z.object({
    id: z.int(),
    active: z.boolean(),
    events: z.array(z.string()),
    config: z.object({
      url: z.string().optional(),
      content_type: z.string().optional(),
      /** Asterisks if the webhook has one. */
      secret: z.string().optional(),
      insecure_ssl: z.union([z.string(), z.number()]).optional(),
    }),
  }),
);
const Created = z.object({ id: z.int() });
const Deliveries = z.array(
  z.object({ id: z.int(), status_code: z.int(), event: z.string(), delivered_at: z.string() }),
);

/** Creates access to webhooks. The login needs the permission `repository_hooks` or the scope `admin:repo_hook`. */
export function createGitHubHooks(options: GitHubOptions): GitHostHooks {
  const api = createGitHubApi(options);
  return {
    list: async () => {
      const found: Hook[] = [];
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const hooks = await api.get({
          path: `/hooks?per_page=${PER_PAGE}&page=${page}`,
          read: async (reply) => checkReply(Hooks, await readGitHubJson(reply), 'the webhooks cannot be listed'),
        });
        found.push(...hooks.map(hookOf));
        if (hooks.length < PER_PAGE) break;
      }
      return found;
    },
    create: async (content) => {
      const { id } = await api.send({
        method: 'POST',
        path: '/hooks',
        body: { name: 'web', ...bodyOf(content) },
        expect: [201],
        // GitHub refuses a second hook with the same address.
        repeatable: false,
        read: async (reply) => checkReply(Created, await readGitHubJson(reply), 'the webhook cannot be created'),
      });
      return id;
    },
    update: async (id, content) => {
      await api.send({
        method: 'PATCH',
        path: `/hooks/${id}`,
        body: bodyOf(content),
        repeatable: true,
        read: async (reply) => discardBody(reply),
      });
      return id;
    },
    deliveries: (id) =>
      api.get({
        path: `/hooks/${id}/deliveries?per_page=${DELIVERIES}`,
        read: async (reply) =>
          checkReply(Deliveries, await readGitHubJson(reply), 'the deliveries cannot be listed').map((delivery) =>
            deliveryOf(delivery, `repos/${options.repository}/hooks/${id}`),
          ),
      }),
  };
}

function hookOf({ id, active, events, config }: z.infer<typeof Hooks>[number]): Hook {
  return {
    id,
    url: config.url ?? '',
    isActive: active,
    events: HOOK_EVENTS.filter((event) => events.includes(event) || events.includes('*')),
    verifiesTls: String(config.insecure_ssl ?? '0') === '0',
    isJson: config.content_type === 'json',
    hasSecret: (config.secret ?? '') !== '',
  };
}

function deliveryOf(
  { id, status_code, event, delivered_at }: z.infer<typeof Deliveries>[number],
  hook: string,
): Delivery {
  return {
    id,
    status: status_code,
    event,
    at: delivered_at,
    again: `gh api -X POST ${hook}/deliveries/${id}/attempts`,
  };
}

function bodyOf({ url, events, secret }: HookContent): Readonly<Record<string, unknown>> {
  return { active: true, events, config: { url, content_type: 'json', insecure_ssl: '0', secret } };
}
