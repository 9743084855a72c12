/** Webhooks of a repository on GitHub: https://docs.github.com/en/rest/repos/webhooks */
import * as z from 'zod';
import { type Delivery, HOOK_EVENTS, type Hook } from '../../../core/doctor/judge-webhook';
import type { GitHostHooks, HookContent } from '../git-host-access';
import { type HostOptions, json, pagesOf } from '../rest';
import { createGitHubApi } from './api';

const PER_PAGE = 100;
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
export function createGitHubHooks(options: HostOptions): GitHostHooks {
  const { send } = createGitHubApi(options);
  const readHooks = (page: number) =>
    send({
      path: `/hooks?per_page=${PER_PAGE}&page=${page}`,
      read: json(Hooks, 'the webhooks cannot be listed'),
    });
  return {
    list: async () => {
      const found: Hook[] = [];
      for await (const hooks of pagesOf(readHooks, PER_PAGE)) found.push(...hooks.map(hookOf));
      return found;
    },
    create: async (content) => {
      const { id } = await send({
        method: 'POST',
        path: '/hooks',
        body: { name: 'web', ...bodyOf(content) },
        expect: [201],
        read: json(Created, 'the webhook cannot be created'),
      });
      return id;
    },
    update: async (id, content) => {
      await send({ method: 'PATCH', path: `/hooks/${id}`, body: bodyOf(content), repeatable: true });
      return id;
    },
    deliveries: async (id) => {
      const found = await send({
        path: `/hooks/${id}/deliveries?per_page=${DELIVERIES}`,
        read: json(Deliveries, 'the deliveries cannot be listed'),
      });
      return found.map((delivery) => deliveryOf(delivery, `repos/${options.repository}/hooks/${id}`));
    },
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
