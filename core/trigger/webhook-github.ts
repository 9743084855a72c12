/** GitHub's `push` payload (Gitea and Forgejo send the same fields): only what is used, checked before it is used. */
import { z } from 'zod';
import type { WebhookEvent } from './webhook-push';

const objectId = z.string().regex(/^[0-9a-f]{40}$/, { error: 'must be 40 hex digits' });
const paths = z.array(z.string()).default([]);

const Commit = z
  .object({ id: objectId, message: z.string().default(''), added: paths, modified: paths, removed: paths })
  .transform(({ id, message, added, modified, removed }) => ({
    id,
    message,
    written: [...added, ...modified],
    removed,
  }));

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const PushPayload = z.object({
  ref: z.string().startsWith('refs/'),
  before: objectId,
  after: objectId,
  deleted: z.boolean().optional(),
  forced: z.boolean().default(false),
  repository: z.object({
    id: z.int().positive(),
    full_name: z.string().min(1),
    // Seconds since 1970 in push payloads, a date in all others, and not sent by Gitea.
    pushed_at: z.union([z.int().positive(), z.string(), z.null()]).optional(),
  }),
  commits: z.array(Commit).default([]),
});

const NO_COMMIT = '0'.repeat(40);

/** Reads an authentic delivery. `event` is the `X-GitHub-Event` header, `payload` the parsed body. */
export function readGitHubEvent(event: string | undefined, payload: unknown): WebhookEvent {
  if (event === undefined || event === '')
    return { kind: 'unreadable', problem: 'the X-GitHub-Event header is missing' };
  if (event === 'ping') return { kind: 'other', reason: 'ping: the webhook is set up' };
  if (event !== 'push')
    return { kind: 'other', reason: `event '${event.slice(0, 40)}' starts nothing; only push does` };
  const result = PushPayload.safeParse(payload);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
    return { kind: 'unreadable', problem: problems.slice(0, 5).join('; ').slice(0, 400) };
  }
  const { ref, before, after, deleted, forced, repository, commits } = result.data;
  const pushedAt = typeof repository.pushed_at === 'number' ? repository.pushed_at * 1000 : undefined;
  return {
    kind: 'push',
    push: {
      repositoryId: repository.id,
      repository: repository.full_name,
      ref,
      before,
      after,
      deleted: deleted ?? after === NO_COMMIT,
      forced,
      ...(pushedAt === undefined ? {} : { pushedAt }),
      commits,
    },
  };
}
