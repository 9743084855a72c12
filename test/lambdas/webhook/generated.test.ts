/** Ten thousand generated requests: each gets a known answer, and only an authentic push starts a run. */
import fc from 'fast-check';
import { deliveryOf } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, BEFORE, deliver, NO_COMMIT, pushPayload, SECRET, settings } from './deliveries';
import { fakeExecutions } from './fake-executions';

const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };

function receive(delivery: Parameters<typeof receiveStep>[0], executions = fakeExecutions()) {
  return receiveStep(delivery, { settings, secrets, executions, clock: { now: () => 0 } });
}

const text = fc.string({ unit: 'binary', maxLength: 300 });
const commitId = fc.oneof(fc.constantFrom(BEFORE, AFTER, NO_COMMIT), fc.stringMatching(/^[0-9a-f]{40}$/));

test('a request without a valid signature is refused and starts nothing', async () => {
  const event = fc.record({
    headers: fc.dictionary(
      fc.constantFrom('x-hub-signature-256', 'x-github-event', 'content-type', 'x-gitlab-token'),
      text,
    ),
    body: fc.oneof(text, fc.json()),
    isBase64Encoded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(event, async (request) => {
      const executions = fakeExecutions();
      expect((await receive(deliveryOf(request), executions)).status).toBe(401);
      expect(executions.calls()).toBe(0);
    }),
    { numRuns: 4000 },
  );
});

test('an authentic request with any body gets 200, 202, 400 or 415, and only 202 starts a run', async () => {
  const payload = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc
      .record(
        {
          ref: fc.oneof(
            text,
            text.map((name) => `refs/heads/feature/${name}`),
          ),
          before: fc.oneof(commitId, text),
          after: fc.oneof(commitId, fc.jsonValue()),
          deleted: fc.oneof(fc.boolean(), fc.jsonValue()),
          forced: fc.boolean(),
          repository: fc.oneof(fc.constant({ id: 123456, full_name: 'a/b' }), fc.jsonValue()),
          commits: fc.oneof(fc.array(fc.record({ id: commitId, message: text })), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((changes) => pushPayload(changes)),
  );
  await fc.assert(
    fc.asyncProperty(payload, fc.oneof(fc.constant('push'), text), async (body, event) => {
      const executions = fakeExecutions();
      const reply = await receive(deliver(body, { 'x-github-event': event }), executions);
      expect([200, 202, 400, 415]).toContain(reply.status);
      expect(executions.started).toHaveLength(reply.status === 202 ? 1 : 0);
      expect(executions.started.every((run) => /^[A-Za-z0-9_-]{1,80}$/.test(run))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('an authentic request is refused if any one byte is changed', async () => {
  const { body, headers } = deliver(pushPayload());
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const forged = Buffer.from(body);
      forged[at] = (forged[at] ?? 0) ^ change;
      expect((await receive({ headers, body: forged })).status).toBe(401);
    }),
    { numRuns: 1000 },
  );
});

test('two deliveries get the same run if and only if they are of the same push', async () => {
  const push = fc.record({
    ref: fc.constantFrom('refs/heads/develop', 'refs/heads/feature/a', 'refs/heads/feature-a', 'refs/heads/feature/A'),
    before: fc.constantFrom(BEFORE, AFTER),
    after: fc.constantFrom(BEFORE, AFTER),
    pushedAt: fc.constantFrom(1_760_000_000, 1_760_000_001),
  });
  const runOf = async ({ pushedAt, ...changes }: { ref: string; before: string; after: string; pushedAt: number }) => {
    const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: pushedAt };
    return (await receive(deliver(pushPayload({ ...changes, commits: [], repository })))).run;
  };
  await fc.assert(
    fc.asyncProperty(push, push, async (one, other) => {
      fc.pre(one.ref !== 'refs/heads/feature-a' && other.ref !== 'refs/heads/feature-a');
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect((await runOf(one)) === (await runOf(other))).toBe(isSame);
    }),
    { numRuns: 1000 },
  );
});

test('1,000 deliveries with duplicates and failed starts begin exactly one run per answered push', async () => {
  const delivery = fc.record({ push: fc.nat(19), isBroken: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { minLength: 50, maxLength: 50 }), async (deliveries) => {
      const executions = fakeExecutions();
      const answered = new Set<number>();
      for (const { push, isBroken } of deliveries) {
        if (isBroken) executions.breakStart(push % 2 === 0 ? 'before' : 'after', 1);
        else executions.breakStart('before', 0);
        const body = pushPayload({ before: push.toString(16).padStart(40, '0').replace(/^0/, 'f'), commits: [] });
        const reply = await receive(deliver(body), executions);
        if (reply.status < 300) answered.add(push);
        expect(reply.status === 503).toBe(isBroken);
      }
      expect(new Set(executions.started).size).toBe(executions.started.length);
      expect(executions.started.length).toBeGreaterThanOrEqual(answered.size);
      const distinct = new Set(deliveries.map(({ push }) => push)).size;
      expect(executions.started.length).toBeLessThanOrEqual(distinct);
    }),
    { numRuns: 20 },
  );
});
