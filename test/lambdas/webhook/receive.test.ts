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

  test.each(['opened', 'reopened', 'synchronize', 'synchronized'])(
    'that is %s is planned and starts no run',
    async (action) => {
      const reply = await receivePull(pull({ action }));

      expect(reply).toMatchObject({ status: 202, reason: expect.stringContaining('nothing is built') });
      expect(asked).toEqual([{ number: 12, base: 'develop', commit: AFTER }]);
      expect(executions.started).toEqual([]);
    },
  );

  test('with a new base branch is planned', async () => {
    expect(await receivePull(pull({ action: 'edited', changes: { base: { ref: { from: 'main' } } } }))).toMatchObject({
      status: 202,
    });
    expect(asked).toHaveLength(1);
  });

  test.each<[string, object, Settings, RegExp]>([
    [
      'with a new title',
      pull({ action: 'edited', changes: { title: { from: 'a' } } }),
      commenting,
      /'edited' changes no plan/,
    ],
    ['from a fork', pull({}, { id: 99 }), commenting, /fork/],
    ['from a deleted fork', pull({}, null), commenting, /fork/],
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
    ['with comments turned off', pull(), settings, /settings ask for no comments/],
  ])('%s is ignored', async (_, payload, used, reason) => {
    expect(await receivePull(payload, used)).toMatchObject({
      status: 200,
      result: 'ignored',
      reason: expect.stringMatching(reason),
    });
    expect(asked).toEqual([]);
  });

  test('from a fork is planned if the settings allow forks', async () => {
    const forks = { ...settings, pullRequests: { comment: true, forks: true } };

    expect(await receivePull(pull({}, { id: 99 }), forks)).toMatchObject({ status: 202 });
    expect(asked).toHaveLength(1);
  });

  test('gets a 503 if its preview cannot be started, so that the host redelivers it', async () => {
    const reply = await receivePull(pull(), commenting, () => Promise.reject(new Error('throttled')));

    expect(reply).toMatchObject({ status: 503, result: 'failed', log: { error: 'throttled', pullRequest: 12 } });
  });
});

test('a push to a branch with a matching rule starts one run', async () => {
  const reply = await receive(deliver(pushPayload()));

  expect(reply).toMatchObject({ status: 202, result: 'started', run: executions.started[0] });
  expect(executions.started).toHaveLength(1);
});

test('fifty concurrent deliveries of one push start one run', async () => {
  const replies = await Promise.all(Array.from({ length: 50 }, () => receive(deliver(pushPayload()))));

  expect(executions.started).toHaveLength(1);
  expect(new Set(replies.map((reply) => reply.run))).toEqual(new Set(executions.started));
});

test('a delivery after the run succeeded starts nothing', async () => {
  const { run = '' } = await receive(deliver(pushPayload()));
  executions.end(run, 'SUCCEEDED');

  const reply = await receive(deliver(pushPayload()));

  expect(reply).toMatchObject({ status: 200, result: 'already', run });
  expect(executions.started).toEqual([run]);
});

test('deliveries after the run failed start exactly one more run', async () => {
  const { run = '' } = await receive(deliver(pushPayload()));
  executions.end(run, 'FAILED');

  const replies = [await receive(deliver(pushPayload())), await receive(deliver(pushPayload()))];

  expect(executions.started).toEqual([run, `${run}-2`]);
  expect(replies.map((reply) => reply.run)).toEqual([`${run}-2`, `${run}-2`]);
});

test('a push whose runs always fail gets a limited number of runs', async () => {
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    const { run = '' } = await receive(deliver(pushPayload()));
    executions.end(run, 'FAILED');
  }

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 200, result: 'ignored' });
  expect(executions.started).toHaveLength(9);
});

test('the second push from A to B, after a forced push back to A, starts a run', async () => {
  const first = await receive(deliver(pushPayload()));
  executions.end(first.run ?? '', 'SUCCEEDED');
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_500 };

  const second = await receive(deliver(pushPayload({ repository })));

  expect(second).toMatchObject({ status: 202, result: 'started' });
  expect(second.run).not.toBe(first.run);
});

test('a failed start is answered with 503, and the redelivery starts one run', async () => {
  executions.breakStart('before', 1);

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 503, result: 'failed' });
  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 202 });
  expect(executions.started).toHaveLength(1);
});

test('a redelivery starts no second run if the reply to the first start was lost', async () => {
  executions.breakStart('after', 1);

  expect(await receive(deliver(pushPayload()))).toMatchObject({ status: 503 });
  await receive(deliver(pushPayload()));

  expect(executions.started).toHaveLength(1);
});

test('the previous secret is accepted as long as it is provided, and no other secret is', async () => {
  const secrets = secretsOf(['new', 'old']);

  expect((await receive(deliver(pushPayload(), {}, 'new'), secrets)).status).toBe(202);
  expect((await receive(deliver(pushPayload(), {}, 'old'), secrets)).status).toBe(202);
  expect((await receive(deliver(pushPayload(), {}, 'older'), secrets)).status).toBe(401);
});

test('the secrets are refreshed before a request is refused, because they may just have been rotated', async () => {
  const reply = await receive(deliver(pushPayload(), {}, 'new'), secretsOf(['old'], ['new', 'old']));

  expect(reply.status).toBe(202);
  expect(secretReads).toEqual(['current', 'refreshed']);
});

test('a request is answered with 503 if the secrets cannot be read', async () => {
  const secrets = { ...secretsOf([]), current: () => Promise.reject(new Error('no permission')) };

  expect(await receive(deliver(pushPayload()), secrets)).toMatchObject({ status: 503, result: 'failed' });
});

test('a request without a signature is refused before the secrets are read', async () => {
  await receive(deliver(pushPayload(), { 'x-hub-signature-256': undefined }));

  expect(secretReads).toEqual([]);
  expect(executions.calls()).toBe(0);
});

test('a body over the limit gets 413 before it is decoded or any secret is read', async () => {
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

test('a body of exactly the limit is accepted', () => {
  const bytes = Buffer.alloc(LARGEST_BODY_BYTES, 'x');

  expect(deliveryOf({ headers: {}, body: bytes.toString(), isBase64Encoded: false })?.body.equals(bytes)).toBe(true);
  expect(deliveryOf({ headers: {}, body: bytes.toString('base64'), isBase64Encoded: true })?.body.equals(bytes)).toBe(
    true,
  );
});

test('the signature is verified against the raw bytes, also if the body is base64', async () => {
  const delivery = deliver(pushPayload({ note: 'ü\u2028' }));
  const encoded = deliveryOf({ ...delivery, body: delivery.body.toString('base64'), isBase64Encoded: true });
  const reformatted = Buffer.from(JSON.stringify(JSON.parse(delivery.body.toString()), null, 1));

  expect((await receive(encoded)).status).toBe(202);
  expect((await receive({ ...delivery, body: reformatted })).status).toBe(401);
});

test('the log contains facts of the delivery, but no body, signature or secret', async () => {
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
