/** Webhooks of a project on GitLab: https://docs.gitlab.com/api/project_webhooks */
import * as z from 'zod';
import { InvalidInputError } from '../../../core/contract/errors';
import type { Hook, HookEvent } from '../../../core/doctor/judge-webhook';
import { isSigningToken, STANDARD_SECRET_PREFIX } from '../../../core/webhook/signature';
import type { HttpReply } from '../../http/http-request';
import { discardBody, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import type { GitHostHooks, HookContent } from '../git-host-access';
import type { GitLabOptions } from './git-host';
import { createGitLabRest } from './rest';

const LARGEST_JSON = 1024 * 1024;
const PER_PAGE = 100;
const MAX_PAGES = 10;
const DELIVERIES = 20;

/** The kinds of secrets that the webhook has. GitLab returns this since 19.0, never the secrets: https://docs.gitlab.com/api/project_webhooks */
const TOKENS = { token_present: z.boolean().optional(), signing_token_present: z.boolean().optional() };
const Hooks = z.array(
  z.object({
    id: z.int(),
    url: z.string(),
    push_events: z.boolean(),
    merge_requests_events: z.boolean(),
    enable_ssl_verification: z.boolean(),
    /** `executable`, or `disabled` and `temporarily_disabled` after failed deliveries. Older versions of GitLab do not have it. */
    alert_status: z.string().optional(),
    ...TOKENS,
  }),
);
const Written = z.object({ id: z.int(), ...TOKENS });
const Deliveries = z.array(
  z.object({
    id: z.int(),
    trigger: z.string(),
    /** A status code, or `internal error` if the endpoint was not reached. */
    response_status: z.string(),
    created_at: z.string().optional(),
  }),
);

/** Creates access to webhooks. The token needs the scope `api` and the role maintainer. */
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
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const hooks = await get(`/hooks?per_page=${PER_PAGE}&page=${page}`, Hooks, 'the webhooks cannot be listed');
        found.push(...hooks.map(hookOf));
        if (hooks.length < PER_PAGE) break;
      }
      return found;
    },
    create: async (content) => {
      const { id, ...tokens } = await send({
        method: 'POST',
        path: '/hooks',
        body: bodyOf(content),
        // A second webhook would deliver every push twice.
        repeatable: false,
        expect: [201],
        read: async (reply) =>
          checkReply(Written, await readJson(reply, LARGEST_JSON), 'the webhook cannot be created'),
      });
      if (!isSigningToken(content.secret) || tokens.signing_token_present === true) return id;
      // Without a secret, all its deliveries would be refused.
      const read = async (reply: HttpReply) => discardBody(reply);
      await send({ method: 'DELETE', path: `/hooks/${id}`, repeatable: true, expect: [204, 404], read });
      throw refuseSigningToken();
    },
    update: async (id, content) => {
      const put = (body: Readonly<Record<string, unknown>>) =>
        send({
          method: 'PUT',
          path: `/hooks/${id}`,
          body,
          repeatable: true,
          expect: [200],
          read: async (reply) => checkReply(Written, await readJson(reply, LARGEST_JSON), 'the webhook cannot be set'),
        });
      const tokens = await put(bodyOf(content));
      if (!isSigningToken(content.secret)) return id;
      if (tokens.signing_token_present !== true) throw refuseSigningToken();
      // The plain token is removed only now: until the signing token exists, it is the only proof of a delivery.
      if (tokens.token_present !== false) await put({ ...bodyOf(content), token: '' });
      return id;
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

/** GitLab ignores unknown fields, and also a signing token while its feature flag is off. */
function refuseSigningToken(): InvalidInputError {
  const message = `is not supported by this GitLab, which signs since 19.0 with the feature flag webhook_signing_token; put a secret without ${STANDARD_SECRET_PREFIX} into the secret of the output WebhookSecretArn, such as that of openssl rand -hex 32, and run setup again`;
  return new InvalidInputError('the webhook cannot be signed', [{ path: 'signing_token', message }]);
}

/** GitLab sends only JSON. Older versions do not say whether a webhook has a token. */
function hookOf({ id, url, ...hook }: z.infer<typeof Hooks>[number]): Hook {
  const events: HookEvent[] = [
    ...(hook.push_events ? (['push'] as const) : []),
    ...(hook.merge_requests_events ? (['pull_request'] as const) : []),
  ];
  const isActive = hook.alert_status === undefined || hook.alert_status === 'executable';
  const hasSecret = hook.token_present !== false || hook.signing_token_present === true;
  return { id, url, isActive, events, verifiesTls: hook.enable_ssl_verification, isJson: true, hasSecret };
}

function bodyOf({ url, events, secret }: HookContent): Readonly<Record<string, unknown>> {
  return {
    url,
    ...(isSigningToken(secret) ? { signing_token: secret } : { token: secret }),
    push_events: events.includes('push'),
    merge_requests_events: events.includes('pull_request'),
    enable_ssl_verification: true,
  };
}
