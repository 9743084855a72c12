/** Webhooks of GitLab. Only fields that are used are read, and checked first. */
import type { WebhookMergeRequestEventSchema, WebhookPushEventSchema } from '@gitbeaker/core';
import * as z from 'zod';
import type { WebhookEvent, WebhookHeaders, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId, pushedCommits, readingOf } from './payload';
import { hasStandardSignature, isToken, STANDARD_SECRET_PREFIX } from './signature';

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events. It has no time, and no mark of a forced push. */
const PushPayload = readingOf<WebhookPushEventSchema>()(
  z.object({
    object_kind: z.literal('push'),
    ref: z.string().startsWith('refs/'),
    before: objectId,
    after: objectId,
    project_id: z.int().positive(),
    user_username: z.string().optional().catch(undefined),
    project: z.object({ path_with_namespace: z.string().min(1) }),
    commits: pushedCommits.nullable().transform((commits) => commits ?? []),
  }),
);

/** The types lack `oldrev`, which GitLab documents. */
type MergeRequestEvent = WebhookMergeRequestEventSchema & { readonly object_attributes: { readonly oldrev?: string } };

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events. An update has `oldrev` only if it brought
 * other commits.
 */
const MergeRequestPayload = readingOf<MergeRequestEvent>()(
  z.object({
    object_attributes: z.object({
      iid: z.int().positive(),
      action: z.string(),
      oldrev: z.string().optional(),
      target_branch: z.string().min(1),
      source_branch: z.string().optional().catch(undefined),
      source_project_id: z.int().positive().nullable(),
      last_commit: z.object({ id: objectId }),
    }),
    changes: z.object({ target_branch: z.unknown().optional() }).optional(),
    project: z.object({ id: z.int().positive(), path_with_namespace: z.string().min(1) }),
  }),
);

/**
 * Deliveries of GitLab. A secret that begins with `whsec_` is a signing token, which only signs. Any other is a plain token, the only kind
 * that older versions of GitLab have.
 */
export const gitLabWebhook: WebhookSource = {
  isAuthentic: async (headers, body, secrets, now) => {
    const signing = secrets.filter((secret) => secret.startsWith(STANDARD_SECRET_PREFIX));
    const plain = secrets.filter((secret) => !secret.startsWith(STANDARD_SECRET_PREFIX));
    const isSigned = await hasStandardSignature(body, signatureOf(headers), signing, now);
    return isSigned || isToken(headers['x-gitlab-token'], plain);
  },
  isSigned: (headers) => headers['webhook-signature'] !== undefined || headers['x-gitlab-token'] !== undefined,
  readEvent,
  loggedHeaders: { event: 'x-gitlab-event', delivery: 'x-gitlab-event-uuid' },
};

function signatureOf(headers: WebhookHeaders) {
  return {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
}

function readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent {
  const event = headers['x-gitlab-event'];
  if (event === undefined || event === '')
    return { kind: 'unreadable', problem: 'the X-Gitlab-Event header is missing' };
  if (event === 'Merge Request Hook') return readMergeRequest(payload);
  if (event !== 'Push Hook') {
    return { kind: 'other', reason: `event '${event.slice(0, 40)}' starts nothing; only Push Hook does` };
  }
  const result = PushPayload.safeParse(payload);
  if (!result.success) return { kind: 'unreadable', problem: describeIssues(result.error) };
  const { ref, before, after, project_id, user_username: pusher, project, commits } = result.data;
  const delivery = deliveryOf(headers);
  return {
    kind: 'push',
    pushes: [
      {
        repositoryId: project_id,
        repository: project.path_with_namespace,
        ref,
        before,
        after,
        deleted: after === NO_COMMIT,
        forced: false,
        ...(delivery === undefined ? {} : { delivery }),
        ...(pusher === undefined ? {} : { pusher }),
        commits,
      },
    ],
  };
}

/**
 * Returns the id of a delivery. Since GitLab 17.4, `Idempotency-Key` (with a signing token also `webhook-id`) stays the same when a
 * delivery is resent. Older versions have only `X-Gitlab-Event-UUID`, which changes then; the second run finds nothing to do.
 * `X-Gitlab-Webhook-UUID` changes with each request. Source: `app/services/web_hook_service.rb` of GitLab.
 */
function deliveryOf(headers: WebhookHeaders): string | undefined {
  return headers['idempotency-key'] ?? headers['webhook-id'] ?? headers['x-gitlab-event-uuid'];
}

function readMergeRequest(payload: unknown): WebhookEvent {
  const { data } = MergeRequestPayload.safeParse(payload);
  if (data === undefined) return { kind: 'other', reason: "event 'Merge Request Hook' without a merge request in it" };
  const { project, object_attributes: merge, changes } = data;
  const { action } = merge;
  const isUpdate = action === 'update' && (merge.oldrev !== undefined || changes?.target_branch !== undefined);
  if (!isUpdate && action !== 'open' && action !== 'reopen') {
    return { kind: 'other', reason: `event 'Merge Request Hook' with action '${action.slice(0, 40)}' changes no plan` };
  }
  return {
    kind: 'pull-request',
    pullRequest: {
      repositoryId: project.id,
      repository: project.path_with_namespace,
      number: merge.iid,
      base: merge.target_branch,
      commit: merge.last_commit.id,
      ...(merge.source_project_id === null ? {} : { headRepositoryId: merge.source_project_id }),
      ...(merge.source_branch === undefined ? {} : { branch: merge.source_branch }),
    },
  };
}
