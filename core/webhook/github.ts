/** Webhooks of GitHub, and of Gitea and Forgejo, which have the same fields. Only fields that are used are read, and checked first. */
import type { PullRequestEditedEvent, PushEvent } from '@octokit/webhooks-types';
import * as z from 'zod';
import type { WebhookEvent, WebhookHeaders, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId, pushedCommits, readingOf } from './payload';
import { hasHubSignature } from './signature';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const PushPayload = readingOf<PushEvent>()(
  z.object({
    ref: z.string().startsWith('refs/'),
    before: objectId,
    after: objectId,
    deleted: z.boolean().optional(),
    forced: z.boolean().default(false),
    repository: z.object({
      id: z.int().positive(),
      full_name: z.string().min(1),
      // Seconds since 1970 in push payloads, a date in all others. Gitea does not send it.
      pushed_at: z.union([z.int().positive(), z.string(), z.null()]).optional(),
    }),
    pusher: z.object({ name: z.string() }).optional().catch(undefined),
    commits: pushedCommits,
  }),
);

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request; only its action `edited` has all of these. */
const PullRequestPayload = readingOf<PullRequestEditedEvent>()(
  z.object({
    action: z.string(),
    number: z.int().positive(),
    pull_request: z.object({
      base: z.object({ ref: z.string().min(1) }),
      head: z.object({
        sha: objectId,
        ref: z.string().optional().catch(undefined),
        repo: z.object({ id: z.int().positive() }).nullable(),
      }),
    }),
    repository: z.object({ id: z.int().positive(), full_name: z.string().min(1) }),
    /** The edited fields, with the action `edited`. */
    changes: z.object({ base: z.unknown().optional() }).optional(),
  }),
);
/** Actions that may change what a merge builds. Gitea and Forgejo write `synchronized`. */
const PLANNED_ACTIONS: readonly string[] = ['opened', 'reopened', 'synchronize', 'synchronized'];

/** Deliveries of GitHub, Gitea and Forgejo. */
export const gitHubWebhook: WebhookSource = {
  isAuthentic: (headers, body, secrets) => hasHubSignature(body, headers['x-hub-signature-256'], secrets),
  isSigned: (headers) => headers['x-hub-signature-256'] !== undefined,
  readEvent,
  loggedHeaders: { event: 'x-github-event', delivery: 'x-github-delivery' },
};

/**
 * Gitea and Forgejo give each push an id, and a replayed delivery another one: https://github.com/go-gitea/gitea/pull/18191. The run of a
 * replay finds nothing to do.
 */
function identifiedBy(delivery: string | undefined): { readonly delivery?: string } {
  return delivery === undefined ? {} : { delivery };
}

function readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent {
  const event = headers['x-github-event'];
  if (event === undefined || event === '')
    return { kind: 'unreadable', problem: 'the X-GitHub-Event header is missing' };
  if (event === 'ping') return { kind: 'other', reason: 'ping: the webhook is set up' };
  if (event === 'pull_request') return readPullRequest(payload);
  if (event !== 'push')
    return { kind: 'other', reason: `event '${event.slice(0, 40)}' starts nothing; only push does` };
  const result = PushPayload.safeParse(payload);
  if (!result.success) return { kind: 'unreadable', problem: describeIssues(result.error) };
  const { ref, before, after, deleted, forced, repository, pusher, commits } = result.data;
  const pushedAt = typeof repository.pushed_at === 'number' ? repository.pushed_at * 1000 : undefined;
  const delivery = headers['x-gitea-delivery'] ?? headers['x-github-delivery'];
  return {
    kind: 'push',
    pushes: [
      {
        repositoryId: repository.id,
        repository: repository.full_name,
        ref,
        before,
        after,
        deleted: deleted ?? after === NO_COMMIT,
        forced,
        ...(pushedAt === undefined ? identifiedBy(delivery) : { pushedAt }),
        ...(pusher === undefined ? {} : { pusher: pusher.name }),
        commits,
      },
    ],
  };
}

function readPullRequest(payload: unknown): WebhookEvent {
  const { data } = PullRequestPayload.safeParse(payload);
  if (data === undefined) return { kind: 'other', reason: "event 'pull_request' without a pull request in it" };
  const { action, number, pull_request, repository, changes } = data;
  const hasOtherBase = action === 'edited' && changes?.base !== undefined;
  if (!hasOtherBase && !PLANNED_ACTIONS.includes(action)) {
    return { kind: 'other', reason: `event 'pull_request' with action '${action.slice(0, 40)}' changes no plan` };
  }
  const { base, head } = pull_request;
  return {
    kind: 'pull-request',
    pullRequest: {
      repositoryId: repository.id,
      repository: repository.full_name,
      number,
      base: base.ref,
      commit: head.sha,
      ...(head.repo === null ? {} : { headRepositoryId: head.repo.id }),
      ...(head.ref === undefined ? {} : { branch: head.ref }),
    },
  };
}
