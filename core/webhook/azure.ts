/** Service hooks of Azure DevOps: https://learn.microsoft.com/azure/devops/service-hooks/events. Only fields that are used are read. */
import * as z from 'zod';
import type { WebhookEvent, WebhookHeaders, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId, toldCommits } from './payload';
import { isToken } from './signature';

/** The name that goes with the secret of the webhook as a password. */
export const AZURE_USER = 'image-pipeline';

const repository = z.object({ id: z.string().min(1).max(64), name: z.string().min(1) });

const Event = z.object({ id: z.string().min(1).max(64), eventType: z.string() });

/** The commits, without their paths. A push of several refs does not say to which they belong. */
const commits = z
  .array(
    z
      .object({ commitId: objectId, comment: z.string() })
      .transform((each) => ({ id: each.commitId, message: each.comment })),
  )
  .catch([]);

/** A push may update several refs. It has no files and no mark of a forced push. */
const PushPayload = z.object({
  resource: z.object({
    repository,
    refUpdates: z.array(
      z.object({ name: z.string().startsWith('refs/'), oldObjectId: objectId, newObjectId: objectId }),
    ),
    commits,
    pushedBy: z.object({ displayName: z.string() }).optional().catch(undefined),
    date: z.iso.datetime({ offset: true }),
  }),
});

const PullRequestPayload = z.object({
  resource: z.object({
    repository,
    pullRequestId: z.int().positive(),
    status: z.string(),
    targetRefName: z.string().startsWith('refs/heads/'),
    sourceRefName: z.string().optional(),
    lastMergeSourceCommit: z.object({ commitId: objectId }),
    forkSource: z.object({ repository: z.object({ id: z.string() }) }).nullish(),
  }),
});

/** `updated` comes for new commits, and also for votes and titles. */
const PLANNED_EVENTS: readonly string[] = ['git.pullrequest.created', 'git.pullrequest.updated'];

/** Deliveries of Azure DevOps, which does not sign: the secret is the password of basic authentication. */
export const azureWebhook: WebhookSource = {
  isAuthentic: ({ authorization }, _, secrets) => isToken(authorization, secrets.filter(Boolean).map(basicOf)),
  isSigned: ({ authorization }) => authorization !== undefined,
  readEvent,
  loggedHeaders: { event: 'x-vss-subscriptionid', delivery: 'x-vss-activityid' },
};

function basicOf(secret: string): string {
  return `Basic ${Buffer.from(`${AZURE_USER}:${secret}`).toString('base64')}`;
}

function readEvent(_: WebhookHeaders, payload: unknown): WebhookEvent {
  const { data: event, error } = Event.safeParse(payload);
  if (event === undefined) return { kind: 'unreadable', problem: describeIssues(error) };
  const { id, eventType } = event;
  if (PLANNED_EVENTS.includes(eventType)) return readPullRequest(eventType, payload);
  if (eventType !== 'git.push') {
    return { kind: 'other', reason: `event '${eventType.slice(0, 40)}' starts nothing; only git.push does` };
  }
  const push = PushPayload.safeParse(payload);
  if (!push.success) return { kind: 'unreadable', problem: describeIssues(push.error) };
  const { repository, refUpdates, commits, pushedBy, date } = push.data.resource;
  return {
    kind: 'push',
    pushes: refUpdates.map(({ name, oldObjectId, newObjectId }) => ({
      repositoryId: repository.id,
      repository: repository.name,
      ref: name,
      before: oldObjectId,
      after: newObjectId,
      deleted: newObjectId === NO_COMMIT,
      forced: false,
      pushedAt: Date.parse(date),
      delivery: id,
      ...(pushedBy === undefined ? {} : { pusher: pushedBy.displayName }),
      commits: refUpdates.length === 1 ? toldCommits(commits) : [],
    })),
  };
}

function readPullRequest(event: string, payload: unknown): WebhookEvent {
  const { data } = PullRequestPayload.safeParse(payload);
  if (data === undefined) return { kind: 'other', reason: `event '${event}' without a pull request in it` };
  const { repository, pullRequestId, status, targetRefName, sourceRefName, lastMergeSourceCommit, forkSource } =
    data.resource;
  if (status !== 'active') return { kind: 'other', reason: `event '${event}' of a pull request that is not active` };
  return {
    kind: 'pull-request',
    pullRequest: {
      repositoryId: repository.id,
      repository: repository.name,
      number: pullRequestId,
      base: targetRefName.slice('refs/heads/'.length),
      commit: lastMergeSourceCommit.commitId,
      ...(sourceRefName === undefined ? {} : { branch: sourceRefName.replace(/^refs\/heads\//, '') }),
      headRepositoryId: forkSource == null ? repository.id : forkSource.repository.id,
    },
  };
}
