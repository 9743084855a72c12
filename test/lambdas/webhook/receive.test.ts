import type { PreviewRequest, PreviewStarter, WebhookSecrets } from '../../../core/ports/runs';
import type { Settings } from '../../../core/settings/schema';
import { deliveryOf, LARGEST_BODY_BYTES } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, deliver, pushPayload, SECRET, settings } from './deliveries';
import { type FakeExecutions, fakeExecutions } from './fake-executions';

let executions: FakeExecutions;
let secretReads: string[];

beforeEach(() => {
  executions = fakeExecutions();
  secretReads = [];
});

function secretsOf(current: readonly string[], refreshed = current): WebhookSecrets {
  return {
    current: async () => {
      secretReads.push('current');
      return current;
    },
    refreshed: async () => {
      secretReads.push('refreshed');
      return refreshed;
    },
  };
}

function receive(delivery: Parameters<typeof receiveStep>[0], secrets = secretsOf([SECRET])) {
  return receiveStep(delivery, { settings, secrets, executions, clock: { now: () => 0 } });
}

describe('a pull request', () => {
  const commenting = { ...settings, pullRequests: { comment: true, forks: false } };
  const pull = (changes: object = {}, head: object | null = { id: 123456 }) => ({
    action: 'synchronize',
    number: 12,
    pull_request: { base: { ref: 'develop' }, head: { sha: AFTER, ref: 'x', repo: head } },
    repository: { id: 123456, full_name: 'cloud-tuner/optscale' },
    ...changes,
  });
  let asked: PreviewRequest[];

  function receivePull(payload: object, used = commenting, start?: PreviewStarter['start']) {
    asked = [];
    const previews = { start: start ?? (async (request: PreviewRequest) => void asked.push(request)) };
    const delivery = deliver(payload, { 'x-github-event': 'pull_request' });
    const dependencies = { settings: used, secrets: secretsOf([SECRET]), executions, previews };
    return receiveStep(delivery, { ...dependencies, clock: { now: () => 0 } });
  }

  test.each(['opened', 'reopened', 'synchronize'])(
    'that is %s has its plan made, and starts no run',
    async (action) => {
      const reply = await receivePull(pull({ action }));

      expect(reply).toMatchObject({ status: 202, reason: expect.stringContaining('nothing is built') });
      expect(asked).toEqual([{ number: 12, base: 'develop', commit: AFTER }]);
      expect(executions.started).toEqual([]);
    },
  );

  test('that is to be merged into another branch than before has its plan made', async () => {
    expect(await receivePull(pull({ action: 'edited', changes: { base: { ref: { from: 'main' } } } }))).toMatchObject({
      status: 202,
    });
    expect(asked).toHaveLength(1);
  });

  test.each<[string, object, Settings, RegExp]>([
    [
      'that has another title',
      pull({ action: 'edited', changes: { title: { from: 'a' } } }),
      commenting,
      /'edited' changes no plan/,
    ],
    ['from a fork', pull({}, { id: 99 }), commenting, /fork/],
    ['from a fork that is gone', pull({}, null), commenting, /fork/],
    [
      'of another repository',
      pull({ repository: { id: 1, full_name: 'a/b' } }, { id: 1 }),
      commenting,
      /repository id 1/,
    ],
    [
      'into a branch that builds nothing',
      pull({ pull_request: { base: { ref: 'main' }, head: { sha: AFTER, repo: { id: 123456 } } } }),
      commenting,
      /merging it starts nothing/,
    ],
    ['that was closed', pull({ action: 'closed' }), commenting, /'closed' changes no plan/],
    [
      'without a commit id',
      pull({ pull_request: { base: { ref: 'develop' }, head: { sha: '$(id)', repo: null } } }),
      commenting,
      /without a pull request/,
    ],
    ['that nobody wants comments on', pull(), settings, /settings ask for no comments/],
  ])('%s is left alone', async (_, payload, used, reason) => {
    expect(await receivePull(payload, used)).toMatchObject({
      status: 200,
      result: 'ignored',
      reason: expect.stringMatching(reason),
    });
    expect(asked).toEqual([]);
  });

  test('from a fork is planned if the settings say so', async () => {
    const forks = { ...settings, pullRequests: { comment: true, forks: true } };

    expect(await receivePull(pull({}, { id: 99 }), forks)).toMatchObject({ status: 202 });
    expect(asked).toHaveLength(1);
  });

  test('whose plan cannot be asked for should be delivered again', async () => {
    const reply = await receivePull(pull(), commenting, () => Promise.reject(new Error('throttled')));

    expect(reply).toMatchObject({ status: 503, result: 'failed', log: { error: 'throttled', pullRequest: 12 } });
  });
});

test('starts one run for a push to a branch that may be built', async () => {
  const reply = await receive(deliver(pushPayload()));

  expect(reply).toMatchObject({ status: 202, result: 'started', run: executions.started[0] });
  expect(executions.started).toHaveLength(1);
});

test('starts one run for fifty deliveries of one push at the same time', async () => {
  const replies = await Promise.all(Array.from({ length: 50 }, () => receive(deliver(pushPayload()))));

  expect(executions.started).toHaveLength(1);
  expect(new Set(replies.map((reply) => reply.run))).toEqual(new Set(executions.started));
});

test('starts nothing for a delivery that comes after the run succeeded', async () => {
  const { run = '' } = await receive(deliver(pushPayload()));
  executions.end(run, 'SUCCEEDED');

  const reply = await receive(deliver(pushPayload()));

  expect(reply).toMatchObject({ status: 200, result: 'already', run });
  expect(executions.started).toEqual([run]);
});

test('starts another run, once, for deliveries that come after the run failed', async () => {
  const { run = '' } = await receive(deliver(pushPayload()));
  executions.end(run, 'FAILED');

  const replies = [await receive(deliver(pushPayload())), await receive(deliver(pushPayload()))];

  expect(executions.started).toEqual([run, `${run}-2`]);
  expect(replies.map((reply) => reply.run)).toEqual([`${run}-2`, `${run}-2`]);
});

test('gives up starting runs of one push that always fail', async () => {
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    const { run = '' } = await receive(deliver(pushPayload()));
    executions.end(run, 'FAILED');
  }

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 200, result: 'ignored' });
  expect(executions.started).toHaveLength(9);
});

test('starts a run for the second A->B after a forced push back to A', async () => {
  const first = await receive(deliver(pushPayload()));
  executions.end(first.run ?? '', 'SUCCEEDED');
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_500 };

  const second = await receive(deliver(pushPayload({ repository })));

  expect(second).toMatchObject({ status: 202, result: 'started' });
  expect(second.run).not.toBe(first.run);
});

test('asks for another delivery if the run cannot be started, and then starts one run', async () => {
  executions.breakStart('before', 1);

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 503, result: 'failed' });
  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 202 });
  expect(executions.started).toHaveLength(1);
});

test('starts no second run if the answer to the start was lost', async () => {
  executions.breakStart('after', 1);

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 503 });
  await receive(deliver(pushPayload()));

  expect(executions.started).toHaveLength(1);
});

test('accepts the previous secret while it is given, and no other', async () => {
  const secrets = secretsOf(['new', 'old']);

  expect((await receive(deliver(pushPayload(), {}, 'new'), secrets)).status).toBe(202);
  expect((await receive(deliver(pushPayload(), {}, 'old'), secrets)).status).toBe(202);
  expect((await receive(deliver(pushPayload(), {}, 'older'), secrets)).status).toBe(401);
});

test('reads the secrets anew before it refuses, as they may have been changed just now', async () => {
  const reply = await receive(deliver(pushPayload(), {}, 'new'), secretsOf(['old'], ['new', 'old']));

  expect(reply.status).toBe(202);
  expect(secretReads).toEqual(['current', 'refreshed']);
});

test('asks for another delivery if the secrets cannot be read', async () => {
  const secrets = { ...secretsOf([]), current: () => Promise.reject(new Error('no permission')) };

  expect(await receive(deliver(pushPayload()), secrets)).toMatchObject({ status: 503, result: 'failed' });
});

test('reads nothing at all for a request without a signature', async () => {
  await receive(deliver(pushPayload(), { 'x-hub-signature-256': undefined }));

  expect(secretReads).toEqual([]);
  expect(executions.calls()).toBe(0);
});

test('answers 413 to a body beyond the limit, before it is decoded, and reads nothing', async () => {
  const body = 'x'.repeat(LARGEST_BODY_BYTES + 1);
  const events = [
    { headers: {}, body, isBase64Encoded: false },
    { headers: {}, body: Buffer.from(body).toString('base64'), isBase64Encoded: true },
    { headers: {}, body: 'ü'.repeat(LARGEST_BODY_BYTES / 2 + 1), isBase64Encoded: false },
  ];

  const replies = await Promise.all(events.map((event) => receive(deliveryOf(event))));

  expect(replies.map((reply) => reply.status)).toEqual([413, 413, 413]);
  expect(secretReads).toEqual([]);
});

test('takes a body of exactly the limit', () => {
  const bytes = Buffer.alloc(LARGEST_BODY_BYTES, 'x');

  expect(deliveryOf({ headers: {}, body: bytes.toString(), isBase64Encoded: false })?.body.equals(bytes)).toBe(true);
  expect(deliveryOf({ headers: {}, body: bytes.toString('base64'), isBase64Encoded: true })?.body.equals(bytes)).toBe(
    true,
  );
});

test('verifies the bytes that came, also when they came in base64', async () => {
  const delivery = deliver(pushPayload({ note: 'ü\u2028' }));
  const encoded = deliveryOf({ ...delivery, body: delivery.body.toString('base64'), isBase64Encoded: true });
  const reformatted = Buffer.from(JSON.stringify(JSON.parse(delivery.body.toString()), null, 1));

  expect((await receive(encoded)).status).toBe(202);
  expect((await receive({ ...delivery, body: reformatted })).status).toBe(401);
});

test('logs facts of the delivery, and neither body nor signature nor secret', async () => {
  const delivery = deliver(pushPayload({ secret: 'in the body' }));
  executions.breakStart('before', 1);

  const replies = [await receive(delivery), await receive(delivery)];

  expect(replies[0]?.log).toMatchObject({ error: 'throttled' });
  expect(replies[1]?.log).toMatchObject({
    event: 'push',
    delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    repositoryId: 123456,
    ref: 'refs/heads/develop',
  });
  const printed = JSON.stringify(replies);
  expect(printed).not.toContain('in the body');
  expect(printed).not.toContain(SECRET);
  expect(printed).not.toContain(delivery.headers['x-hub-signature-256']?.slice(7));
});
