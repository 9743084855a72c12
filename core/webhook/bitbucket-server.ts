/**
 * Webhooks of Bitbucket Data Center: https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html. Only fields that are used
 * are read.
 */
import * as z from 'zod';
import type { WebhookEvent, WebhookHeaders, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId, toldCommits } from './payload';
import { hasHubSignature } from './signature';

const repository = z.object({
  id: z.int().positive(),
  slug: z.string().min(1),
  project: z.object({ key: z.string().min(1) }),
});

/** The last five commits, which older versions do not tell, without their paths. A push of several refs does not say to which they belong. */
const commits = z.array(z.object({ id: objectId, message: z.string() })).catch([]);

/** A push may change several refs. It has no files and no mark of a forced push. */
const PushPayload = z.object({
  /** With an offset that has no colon. */
  date: z.string().refine((date) => !Number.isNaN(Date.parse(date)), { error: 'must be a time' }),
  actor: z.object({ displayName: z.string() }).optional().catch(undefined),
  repository,
  changes: z.array(
    z.object({ ref: z.object({ id: z.string().startsWith('refs/') }), fromHash: objectId, toHash: objectId }),
  ),
  commits,
});

const PullRequestPayload = z.object({
  pullRequest: z.object({
    id: z.int().positive(),
    open: z.boolean(),
    fromRef: z.object({ displayId: z.string().optional(), latestCommit: objectId, repository }),
    toRef: z.object({ displayId: z.string().min(1), repository }),
  }),
});

/** `pr:modified` comes for another target, and also for another title. */
const PLANNED_EVENTS: readonly string[] = ['pr:opened', 'pr:from_ref_updated', 'pr:modified'];

/** Deliveries of Bitbucket Data Center, signed as those of Bitbucket Cloud. */
export const bitbucketServerWebhook: WebhookSource = {
  isAuthentic: (headers, body, secrets) => hasHubSignature(body, headers['x-hub-signature'], secrets),
  isSigned: (headers) => headers['x-hub-signature'] !== undefined,
  readEvent,
  loggedHeaders: { event: 'x-event-key', delivery: 'x-request-id' },
};

function readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent {
  const event = headers['x-event-key'];
  if (event === undefined || event === '') return { kind: 'unreadable', problem: 'the X-Event-Key header is missing' };
  if (event === 'diagnostics:ping') return { kind: 'other', reason: 'ping: the webhook is set up' };
  if (PLANNED_EVENTS.includes(event)) return readPullRequest(event, payload);
  if (event !== 'repo:refs_changed') {
    return { kind: 'other', reason: `event '${event.slice(0, 40)}' starts nothing; only repo:refs_changed does` };
  }
  const result = PushPayload.safeParse(payload);
  if (!result.success) return { kind: 'unreadable', problem: describeIssues(result.error) };
  const { date, actor, changes, ...push } = result.data;
  return {
    kind: 'push',
    pushes: changes.map(({ ref, fromHash, toHash }) => ({
      repositoryId: push.repository.id,
      repository: nameOf(push.repository),
      ref: ref.id,
      before: fromHash,
      after: toHash,
      deleted: toHash === NO_COMMIT,
      forced: false,
      pushedAt: Date.parse(date),
      ...(actor === undefined ? {} : { pusher: actor.displayName }),
      commits: changes.length === 1 ? toldCommits(push.commits) : [],
    })),
  };
}

function nameOf({ project, slug }: z.infer<typeof repository>): string {
  return `${project.key}/${slug}`;
}

function readPullRequest(event: string, payload: unknown): WebhookEvent {
  const { data } = PullRequestPayload.safeParse(payload);
  if (data === undefined) return { kind: 'other', reason: `event '${event}' without a pull request in it` };
  const { id, open, fromRef, toRef } = data.pullRequest;
  if (!open) return { kind: 'other', reason: `event '${event}' of a pull request that is not open` };
  return {
    kind: 'pull-request',
    pullRequest: {
      repositoryId: toRef.repository.id,
      repository: nameOf(toRef.repository),
      number: id,
      base: toRef.displayId,
      commit: fromRef.latestCommit,
      ...(fromRef.displayId === undefined ? {} : { branch: fromRef.displayId }),
      headRepositoryId: fromRef.repository.id,
    },
  };
}
