/** Webhooks of a project on GitLab: https://docs.gitlab.com/api/project_webhooks */
import * as z from 'zod';
import type { Hook, HookEvent } from '../../core/doctor/judge-webhook';
import { discardBody, readJson } from '../http/read-body';
import { checkReply } from './checked-reply';
import type { GitHostHooks, HookContent } from './git-host-access';
import type { GitLabOptions } from './gitlab-git-host';
import { createGitLabRest } from './gitlab-rest';

const LARGEST_JSON = 1024 * 1024;
const PER_PAGE = 100;
const MOST_PAGES = 10;
const DELIVERIES = 20;

const Hooks = z.array(
  z.object({
    id: z.int(),
    url: z.string(),
    push_events: z.boolean(),
    merge_requests_events: z.boolean(),
    enable_ssl_verification: z.boolean(),
    /** `executable`, or `disabled` and `temporarily_disabled` after deliveries that failed. Older GitLabs do not say. */
    alert_status: z.string().optional(),
  }),
);
const Created = z.object({ id: z.int() });
const Deliveries = z.array(
  z.object({
    id: z.int(),
    trigger: z.string(),
    /** Digits, or `internal error` if the endpoint was not reached. */
    response_status: z.string(),
    created_at: z.string().optional(),
  }),
);

/** The token needs the scope `api`, its role is maintainer. */
export function createGitLabHooks(options: GitLabOptions): GitHostHooks {
  const send = createGitLabRest(options);
  const get = <Value>(path: string, schema: z.ZodType<Value>, what: string): Promise<Value> =>
    send({
      method: 'GET',
      path,
      repeatable: true,
      expect: [200],
      read: async (reply) => checkReply(schema, await readJson(reply, LARGEST_JSON), what),
    });
  return {
    list: async () => {
      const found: Hook[] = [];
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const hooks = await get(`/hooks?per_page=${PER_PAGE}&page=${page}`, Hooks, 'the webhooks cannot be listed');
        found.push(...hooks.map(hookOf));
        if (hooks.length < PER_PAGE) break;
      }
      return found;
    },
    create: async (content) => {
      const { id } = await send({
        method: 'POST',
        path: '/hooks',
        body: bodyOf(content),
        // A second one would deliver every push twice.
        repeatable: false,
        expect: [201],
        read: async (reply) => checkReply(Created, await readJson(reply, LARGEST_JSON), 'the webhook cannot be made'),
      });
      return id;
    },
    update: async (id, content) => {
      await send({
        method: 'PUT',
        path: `/hooks/${id}`,
        body: bodyOf(content),
        repeatable: true,
        expect: [200],
        read: async (reply) => discardBody(reply),
      });
    },
    deliveries: async (id) => {
      const path = `/hooks/${id}/events`;
      const found = await get(`${path}?per_page=${DELIVERIES}`, Deliveries, 'the deliveries cannot be listed');
      const project = `projects/${encodeURIComponent(options.repository)}`;
      return found.map((delivery) => ({
        id: delivery.id,
        status: /^\d{3}$/.test(delivery.response_status) ? Number(delivery.response_status) : 0,
        event: delivery.trigger.replace(/_hooks$/, ''),
        at: delivery.created_at ?? 'at an unknown time',
        again: `glab api -X POST ${project}${path}/${delivery.id}/resend`,
      }));
    },
  };
}

/** GitLab sends JSON only, and never tells whether a hook has a token. */
function hookOf({ id, url, ...hook }: z.infer<typeof Hooks>[number]): Hook {
  const events: HookEvent[] = [
    ...(hook.push_events ? (['push'] as const) : []),
    ...(hook.merge_requests_events ? (['pull_request'] as const) : []),
  ];
  const isActive = hook.alert_status === undefined || hook.alert_status === 'executable';
  return { id, url, isActive, events, verifiesTls: hook.enable_ssl_verification, isJson: true, hasSecret: true };
}

function bodyOf({ url, events, secret }: HookContent): Readonly<Record<string, unknown>> {
  return {
    url,
    token: secret,
    push_events: events.includes('push'),
    merge_requests_events: events.includes('pull_request'),
    enable_ssl_verification: true,
  };
}
