/**
 * Events of AWS CodeCommit on EventBridge: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html. There is no webhook:
 * IAM decides which events reach the function.
 */
import * as z from 'zod';
import type { WebhookEvent, WebhookSource } from './payload';
import { describeIssues, NO_COMMIT, objectId } from './payload';

const Event = z.object({
  id: z.string().min(1).max(64),
  source: z.literal('aws.codecommit'),
  'detail-type': z.string(),
  time: z.iso.datetime({ offset: true }),
});

/** A new ref has no old commit, and a deleted one no new commit. */
const PushDetail = z.object({
  detail: z.object({
    event: z.enum(['referenceCreated', 'referenceUpdated', 'referenceDeleted']),
    repositoryId: z.string().min(1).max(64),
    repositoryName: z.string().min(1).max(100),
    referenceFullName: z.string().startsWith('refs/'),
    commitId: objectId.optional(),
    oldCommitId: objectId.optional(),
    callerUserArn: z.string().optional().catch(undefined),
  }),
});

const PullRequestDetail = z.object({
  detail: z.object({
    event: z.string(),
    pullRequestId: z.string().regex(/^[1-9]\d{0,15}$/),
    pullRequestStatus: z.string(),
    repositoryNames: z.array(z.string()).length(1),
    sourceCommit: objectId,
    sourceReference: z.string().optional(),
    destinationReference: z.string().startsWith('refs/heads/'),
  }),
});

const PLANNED_EVENTS: readonly string[] = ['pullRequestCreated', 'pullRequestSourceBranchUpdated'];

/**
 * Reads an event. Anything else than one of CodeCommit starts nothing, and neither does a push by the role of that name, which is that of
 * the commit step: AWS says who pushed, but not what.
 */
export function readCodeCommitEvent(event: unknown, committer: string): WebhookEvent {
  const { data, error } = Event.safeParse(event);
  if (data === undefined) return { kind: 'unreadable', problem: describeIssues(error) };
  if (data['detail-type'] === 'CodeCommit Pull Request State Change') return readPullRequest(event);
  if (data['detail-type'] !== 'CodeCommit Repository State Change') {
    return { kind: 'other', reason: `'${data['detail-type'].slice(0, 60)}' starts nothing` };
  }
  const push = PushDetail.safeParse(event);
  if (!push.success) return { kind: 'unreadable', problem: describeIssues(push.error) };
  const { repositoryId, repositoryName, referenceFullName, callerUserArn, ...detail } = push.data.detail;
  if (roleOf(callerUserArn) === committer) return { kind: 'other', reason: 'the pipeline made the commit' };
  const isDeleted = detail.event === 'referenceDeleted';
  return {
    kind: 'push',
    pushes: [
      {
        repositoryId,
        repository: repositoryName,
        ref: referenceFullName,
        before: detail.oldCommitId ?? NO_COMMIT,
        after: isDeleted ? NO_COMMIT : (detail.commitId ?? NO_COMMIT),
        deleted: isDeleted,
        forced: false,
        pushedAt: Date.parse(data.time),
        delivery: data.id,
        ...(callerUserArn === undefined ? {} : { pusher: callerUserArn.split('/').at(-1) ?? '' }),
        commits: [],
      },
    ],
  };
}

/** Returns the role in `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or undefined for any other caller. */
function roleOf(caller = ''): string | undefined {
  return /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\/[^/]+$/.exec(caller)?.[1];
}

function readPullRequest(event: unknown): WebhookEvent {
  const { data } = PullRequestDetail.safeParse(event);
  if (data === undefined) return { kind: 'other', reason: 'the event has no pull request of one repository' };
  const { pullRequestId, pullRequestStatus, repositoryNames, sourceCommit, sourceReference, ...detail } = data.detail;
  if (!PLANNED_EVENTS.includes(detail.event) || pullRequestStatus !== 'Open') {
    return { kind: 'other', reason: `event '${detail.event.slice(0, 40)}' changes no plan` };
  }
  const [repository = ''] = repositoryNames;
  return {
    kind: 'pull-request',
    pullRequest: {
      // CodeCommit has no forks, and its events about pull requests no id.
      repositoryId: repository,
      repository,
      number: Number(pullRequestId),
      base: detail.destinationReference.slice('refs/heads/'.length),
      commit: sourceCommit,
      ...(sourceReference === undefined ? {} : { branch: sourceReference.replace(/^refs\/heads\//, '') }),
      headRepositoryId: repository,
    },
  };
}

/** No request to the public address is a delivery of CodeCommit. */
export const noWebhook: WebhookSource = {
  isAuthentic: async () => false,
  isSigned: () => false,
  readEvent: () => ({ kind: 'other', reason: 'CodeCommit sends no webhooks' }),
  loggedHeaders: { event: 'x-event', delivery: 'x-delivery' },
};
