/** Webhooks of a project on GitLab: https://docs.gitlab.com/api/project_webhooks */
import * as z from 'zod';
import { InvalidInputError } from '../../../core/contract/errors';
import type { Hook, HookEvent } from '../../../core/doctor/judge-webhook';
import { isSigningToken, STANDARD_SECRET_PREFIX } from '../../../core/webhook/signature';
import type { GitHostHooks, HookContent } from '../git-host-access';
import { type HostOptions, json, pagesOf } from '../rest';
import { createGitLabRest } from './git-host';

const PER_PAGE = 100;
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
export function createGitLabHooks(options: HostOptions): GitHostHooks {
  const send = createGitLabRest(options);
  const readHooks = (page: number) =>
    send({ path: `/hooks?per_page=${PER_PAGE}&page=${page}`, read: json(Hooks, 'the webhooks cannot be listed') });
  return {
    list: async () => {
      const found: Hook[] = [];
      for await (const hooks of pagesOf(readHooks, PER_PAGE)) found.push(...hooks.map(hookOf));
      return found;
    },
    create: async (content) => {
      const { id, ...tokens } = await send({
        method: 'POST',
        path: '/hooks',
        body: bodyOf(content),
        // Not repeated, because a second webhook would deliver every push twice.
        expect: [201],
        read: json(Written, 'the webhook cannot be created'),
      });
      if (!isSigningToken(content.secret) || tokens.signing_token_present === true) return id;
      // Without a secret, all its deliveries would be refused.
      await send({ method: 'DELETE', path: `/hooks/${id}`, expect: [204, 404] });
      throw refuseSigningToken();
    },
    update: async (id, content) => {
      const put = (body: Readonly<Record<string, unknown>>) =>
        send({ method: 'PUT', path: `/hooks/${id}`, body, read: json(Written, 'the webhook cannot be set') });
      const tokens = await put(bodyOf(content));
      if (!isSigningToken(content.secret)) return id;
      if (tokens.signing_token_present !== true) throw refuseSigningToken();
      // The plain token is removed only now: until the signing token exists, it is the only proof of a delivery.
      if (tokens.token_present !== false) await put({ ...bodyOf(content), token: '' });
      return id;
    },
    deliveries: async (id) => {
      const path = `/hooks/${id}/events`;
      const read = json(Deliveries, 'the deliveries cannot be listed');
      const found = await send({ path: `${path}?per_page=${DELIVERIES}`, read });
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
