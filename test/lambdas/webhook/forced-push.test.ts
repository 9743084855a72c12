/** A branch that is pushed from A to B, back to A and to B again: each push has its run, and each delivery of one only that. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { catchUpName } from '../../../core/webhook/decide';
import type { Delivery, WebhookReply } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { deliver, pushPayload, SECRET, settings } from './deliveries';
import { type FakeExecutions, fakeExecutions } from './fake-executions';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const REF = 'refs/heads/develop';
const NOW = 1_760_000_000_000;
const gitLabSettings = parseSettings({
  git: { host: 'gitlab', repository: 'cloud-tuner/optscale', repositoryId: 123456 },
  releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
});

interface PushOfTest {
  readonly before: string;
  readonly after: string;
  /** Another number for another push. */
  readonly number: number;
  /** How often it was sent before by hand. */
  readonly resent?: number;
}

/** What each host sends of a push, and what of it stays the same when a person has it sent again. */
const HOSTS: Readonly<Record<string, (push: PushOfTest) => Delivery>> = {
  GitHub: ({ before, after, number }) => {
    const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: NOW / 1000 + number };
    return deliver(pushPayload({ before, after, repository, commits: [] }), { 'x-github-delivery': `push-${number}` });
  },
  'Gitea, which sends again by itself': ({ before, after, number }) => {
    const ids = { 'x-gitea-delivery': `push-${number}`, 'x-github-delivery': `push-${number}` };
    return deliver(giteaPayload(before, after), ids);
  },
  'GitLab 17.4': ({ before, after, number, resent = 0 }) =>
    gitLab(before, after, {
      'idempotency-key': `push-${number}`,
      'x-gitlab-event-uuid': `request-${number}-${resent}`,
      'x-gitlab-webhook-uuid': `attempt-${number}-${resent}`,
    }),
  'GitLab with a signing token only': ({ before, after, number, resent = 0 }) =>
    gitLab(before, after, { 'webhook-id': `push-${number}`, 'x-gitlab-webhook-uuid': `attempt-${number}-${resent}` }),
  'GitLab 16, which retries': ({ before, after, number, resent = 0 }) =>
    gitLab(before, after, {
      'x-gitlab-event-uuid': `push-${number}`,
      'x-gitlab-webhook-uuid': `attempt-${number}-${resent}`,
    }),
};

function giteaPayload(before: string, after: string): object {
  return pushPayload({ before, after, repository: { id: 123456, full_name: 'cloud-tuner/optscale' }, commits: [] });
}

function gitLab(before: string, after: string, ids: Readonly<Record<string, string>>): Delivery {
  const project = { path_with_namespace: 'cloud-tuner/optscale' };
  const payload = { object_kind: 'push', ref: REF, before, after, project_id: 123456, project, commits: [] };
  const headers = {
    'content-type': 'application/json',
    'x-gitlab-event': 'Push Hook',
    'x-gitlab-token': SECRET,
    ...ids,
  };
  return { headers, body: Buffer.from(JSON.stringify(payload)) };
}

let executions: FakeExecutions;

beforeEach(() => {
  executions = fakeExecutions();
});

function receive(delivery: Delivery): Promise<WebhookReply> {
  const used = 'x-gitlab-event' in delivery.headers ? gitLabSettings : settings;
  const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };
  return receiveStep(delivery, { settings: used, secrets, executions, clock: { now: () => NOW } });
}

describe.each(Object.entries(HOSTS))('%s', (_, send) => {
  test('has a run for the second push from A to B, too', async () => {
    const pushes: readonly PushOfTest[] = [
      { before: A, after: B, number: 1 },
      { before: B, after: A, number: 2 },
      { before: A, after: B, number: 3 },
    ];
    for (const push of pushes) {
      const { run = '' } = await receive(send(push));
      executions.end(run, 'SUCCEEDED');
      expect(await receive(send({ ...push, resent: 1 }))).toMatchObject({ status: 200, result: 'already', run });
    }

    expect(new Set(executions.started).size).toBe(3);
  });

  test('has its run made again for a delivery after it failed, and once', async () => {
    const push = { before: A, after: B, number: 1 };
    const { run = '' } = await receive(send(push));
    executions.end(run, 'FAILED');

    const again = [await receive(send({ ...push, resent: 1 })), await receive(send({ ...push, resent: 2 }))];

    expect(again.map((reply) => reply.run)).toEqual([`${run}-2`, `${run}-2`]);
    expect(executions.started).toEqual([run, `${run}-2`]);
  });

  test('has no second run while one that was started without a delivery is under way', async () => {
    const run = await catchUp();
    executions.began(run, NOW + 3_600_000);

    expect(await receive(send({ before: A, after: B, number: 1 }))).toMatchObject({ result: 'already', run });
    expect(executions.started).toEqual([run]);
  });

  test('has a run for B that was pushed again after it was caught up with', async () => {
    executions.end(await catchUp(), 'SUCCEEDED');

    await receive(send({ before: B, after: A, number: 2 }));
    const second = await receive(send({ before: A, after: B, number: 3 }));

    expect(second).toMatchObject({ status: 202, result: 'started' });
  });
});

test('a late delivery that tells its time starts nothing after a run that began after the push, whatever came of the branch since', async () => {
  const run = await catchUp();
  executions.began(run, NOW + 900_000);
  executions.end(run, 'SUCCEEDED');

  const late = await receive(HOSTS.GitHub?.({ before: A, after: B, number: 1 }) as Delivery);

  expect(late).toMatchObject({ status: 200, result: 'already', run });
});

/** What the reconcile step starts for B, before any of the pushes. */
async function catchUp(): Promise<string> {
  const name = catchUpName(REF, B, 0);
  await executions.start({ name, input: { action: 'push', ref: REF, commit: B } });
  return name;
}
