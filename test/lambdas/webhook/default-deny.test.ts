/** On every git host, a request without the right proof starts nothing, and an authentic one with any content has a bounded reply. */
import fc from 'fast-check';
import { deliveryOf } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { type CorpusFile, eventOf, NOW, SECRETS, settingsOf } from './corpus-case';
import { fakeExecutions } from './fake-executions';

const HOSTS = Object.keys(SECRETS) as CorpusFile['host'][];
const PLAIN = { name: '', expect: { status: 202, result: 'started' } } as const;

async function receive(host: CorpusFile['host'], event: Parameters<typeof deliveryOf>[0]) {
  const executions = fakeExecutions();
  const secrets = { current: async () => SECRETS[host], refreshed: async () => SECRETS[host] };
  const dependencies = { settings: settingsOf(host, PLAIN), secrets, executions, clock: { now: () => NOW } };
  return { reply: await receiveStep(deliveryOf(event), dependencies), executions };
}

const text = fc.string({ unit: 'binary', maxLength: 200 });
/** Headers that are a proof on some host. */
const PROOFS = ['x-hub-signature', 'x-hub-signature-256', 'x-gitlab-token', 'webhook-signature', 'authorization'];

describe.each(HOSTS)('on %s', (host) => {
  test('a right delivery starts one run', async () => {
    const { reply, executions } = await receive(host, eventOf(host, PLAIN));

    expect(reply.status).toBe(202);
    expect(executions.started).toHaveLength(1);
  });

  test('a right delivery with any other proof is refused', async () => {
    const { headers, ...event } = eventOf(host, PLAIN);
    const others = Object.entries(headers).filter(([name]) => !PROOFS.includes(name));
    const proof = fc.dictionary(
      fc.constantFrom(...PROOFS),
      fc.oneof(text, fc.constantFrom('', ' ', 'Basic ', 'sha256=')),
    );
    await fc.assert(
      fc.asyncProperty(proof, async (wrong) => {
        const { reply, executions } = await receive(host, {
          ...event,
          headers: { ...Object.fromEntries(others), ...wrong },
        });
        expect(reply.status).toBe(401);
        expect(executions.calls()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('the proof of any other host, made with the same secret, is refused unless both have one scheme', async () => {
    const { headers, ...event } = eventOf(host, PLAIN);
    const own = Object.keys(headers).filter((name) => PROOFS.includes(name));
    for (const other of HOSTS) {
      const foreign = Object.entries(eventOf(other, PLAIN).headers).filter(([name]) => PROOFS.includes(name));
      if (foreign.some(([name]) => own.includes(name))) continue;
      const kept = Object.entries(headers).filter(([name]) => !PROOFS.includes(name));
      const { reply, executions } = await receive(host, {
        ...event,
        headers: Object.fromEntries([...kept, ...foreign]),
      });
      expect([other, reply.status, executions.calls()]).toEqual([other, 401, 0]);
    }
  });

  test('an authentic delivery with any content gets 200, 202 or 400, and only 202 starts a run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), text), async (raw) => {
        const { reply, executions } = await receive(host, eventOf(host, { ...PLAIN, raw }));
        expect([200, 202, 400]).toContain(reply.status);
        expect(executions.started).toHaveLength(reply.status === 202 ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});
