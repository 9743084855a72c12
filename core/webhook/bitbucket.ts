/** Webhooks of Bitbucket Cloud: https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/. Only fields that are used are read. */
import * as z from 'zod';
import type { Push, WebhookEvent, WebhookHeaders, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId, toldCommits } from './payload';
import { hasHubSignature } from './signature';

const repository = z.object({ uuid: z.string().min(1).max(64), full_name: z.string().min(1) });

/** A branch or tag with its commit. */
const ref = z.object({ type: z.string(), name: z.string().min(1), target: z.object({ hash: objectId }) });

/** The last five commits of a change, without their paths. */
const commits = z
  .array(z.object({ hash: objectId, message: z.string() }).transform(({ hash: id, message }) => ({ id, message })))
  .catch([]);

/** `old` is null for a new ref, `new` for a deleted one. */
const PushPayload = z.object({
  repository,
  actor: z.object({ display_name: z.string().optional() }).optional().catch(undefined),
  push: z.object({
    changes: z.array(z.object({ old: ref.nullish(), new: ref.nullish(), forced: z.boolean().default(false), commits })),
  }),
});

/** Bitbucket abbreviates the commits of pull requests to 12 digits. The source of a deleted fork is null. */
const PullRequestPayload = z.object({
  repository,
  pullrequest: z.object({
    id: z.int().positive(),
    source: z.object({
      commit: z.object({ hash: z.string().regex(/^[0-9a-f]{12,40}$/) }),
      branch: z.object({ name: z.string() }).optional(),
      repository: repository.nullish(),
    }),
    destination: z.object({ branch: z.object({ name: z.string().min(1) }) }),
  }),
});

/** `pullrequest:updated` comes for new commits, and also for a new title. */
const PLANNED_EVENTS: readonly string[] = ['pullrequest:created', 'pullrequest:updated', 'pullrequest:push'];

/** Deliveries of Bitbucket Cloud, signed as GitHub's are, in a header of another name. */
export const bitbucketWebhook: WebhookSource = {
  isAuthentic: (headers, body, secrets) => hasHubSignature(body, headers['x-hub-signature'], secrets),
  isSigned: (headers) => headers['x-hub-signature'] !== undefined,
  readEvent,
  loggedHeaders: { event: 'x-event-key', delivery: 'x-request-uuid' },
};

function readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent {
  const event = headers['x-event-key'];
  if (event === undefined || event === '') return { kind: 'unreadable', problem: 'the X-Event-Key header is missing' };
  if (PLANNED_EVENTS.includes(event)) return readPullRequest(event, payload);
  if (event !== 'repo:push') {
    return { kind: 'other', reason: `event '${event.slice(0, 40)}' starts nothing; only repo:push does` };
  }
  const { data, error } = PushPayload.safeParse(payload);
  return data === undefined
    ? { kind: 'unreadable', problem: describeIssues(error) }
    : { kind: 'push', pushes: pushesOf(data, headers['x-request-uuid']) };
}

function pushesOf(payload: z.infer<typeof PushPayload>, delivery: string | undefined): readonly Push[] {
  const { repository, actor, push } = payload;
  return push.changes.flatMap((change) => {
    const { type, name } = change.new ?? change.old ?? {};
    if (type !== 'branch' && type !== 'tag') return [];
    return {
      repositoryId: repository.uuid,
      repository: repository.full_name,
      ref: `refs/${type === 'branch' ? 'heads' : 'tags'}/${name}`,
      before: change.old?.target.hash ?? NO_COMMIT,
      after: change.new?.target.hash ?? NO_COMMIT,
      deleted: change.new == null,
      forced: change.forced,
      ...(delivery === undefined ? {} : { delivery }),
      ...(actor?.display_name === undefined ? {} : { pusher: actor.display_name }),
      commits: toldCommits(change.commits),
    };
  });
}

function readPullRequest(event: string, payload: unknown): WebhookEvent {
  const { data } = PullRequestPayload.safeParse(payload);
  if (data === undefined) return { kind: 'other', reason: `event '${event}' without a pull request in it` };
  const { repository, pullrequest } = data;
  const { id, source, destination } = pullrequest;
  return {
    kind: 'pull-request',
    pullRequest: {
      repositoryId: repository.uuid,
      repository: repository.full_name,
      number: id,
      base: destination.branch.name,
      commit: source.commit.hash,
      ...(source.branch === undefined ? {} : { branch: source.branch.name }),
      ...(source.repository == null ? {} : { headRepositoryId: source.repository.uuid }),
    },
  };
}
