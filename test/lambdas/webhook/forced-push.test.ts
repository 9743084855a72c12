/** A branch is pushed from A to B, back to A and to B again. Each push gets one run, and repeated deliveries share it. */
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

interface NumberedPush {
  readonly before: string;
  readonly after: string;
  /** Identifies the push. */
  readonly number: number;
  /** The number of earlier manual redeliveries. */
  readonly resent?: number;
}

/** Returns the delivery of a push, per host. Some ids stay the same when a person redelivers it. */
const HOSTS: Readonly<Record<string, (push: NumberedPush) => Delivery>> = {
  GitHub: ({ before, after, number }) => {
    const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: NOW / 1000 + number };
    return deliver(pushPayload({ before, after, repository, commits: [] }), { 'x-github-delivery': `push-${number}` });
  },
  'Gitea with automatic redelivery': ({ before, after, number }) => {
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
  'GitLab 16 with retries': ({ before, after, number, resent = 0 }) =>
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
  test('the second push from A to B gets its own run', async () => {
    const pushes: readonly NumberedPush[] = [
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

  test('the first redelivery after a failed run starts one new run', async () => {
    const push = { before: A, after: B, number: 1 };
    const { run = '' } = await receive(send(push));
    executions.end(run, 'FAILED');

    const again = [await receive(send({ ...push, resent: 1 })), await receive(send({ ...push, resent: 2 }))];

    expect(again.map((reply) => reply.run)).toEqual([`${run}-2`, `${run}-2`]);
    expect(executions.started).toEqual([run, `${run}-2`]);
  });

  test('a delivery starts nothing while a catch-up run of its commit is open', async () => {
    const run = await startCatchUpRun();
    executions.began(run, NOW + 3_600_000);

    expect(await receive(send({ before: A, after: B, number: 1 }))).toMatchObject({ result: 'already', run });
    expect(executions.started).toEqual([run]);
  });

  test('a second push of B gets a run although a catch-up run of B succeeded', async () => {
    executions.end(await startCatchUpRun(), 'SUCCEEDED');

    await receive(send({ before: B, after: A, number: 2 }));
    const second = await receive(send({ before: A, after: B, number: 3 }));

    expect(second).toMatchObject({ status: 202, result: 'started' });
  });
});

test('a late delivery with a push time starts nothing if a run began after that time', async () => {
  const run = await startCatchUpRun();
  executions.began(run, NOW + 900_000);
  executions.end(run, 'SUCCEEDED');

  const late = await receive(HOSTS.GitHub?.({ before: A, after: B, number: 1 }) as Delivery);

  expect(late).toMatchObject({ status: 200, result: 'already', run });
});

/** Starts the run that the reconcile step starts for B, before any of the pushes. Returns its name. */
async function startCatchUpRun(): Promise<string> {
  const name = catchUpName(REF, B, 0);
  await executions.start({ name, input: { action: 'push', ref: REF, commit: B } });
  return name;
}
