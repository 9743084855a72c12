/** The corpus of webhook requests: real deliveries, broken ones, and attacks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings } from '../../../core/settings/parse-settings';
import { deliveryOf, LARGEST_BODY_BYTES } from '../../../lambdas/webhook/delivery';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { type CorpusFile, eventOf, NOW, SECRETS, SIGNING_TOKEN, settingsOf } from './corpus-case';
import { deliver, SECRET, settings } from './deliveries';
import { fakeExecutions } from './fake-executions';

const FOLDER = join(__dirname, '../../fixtures/webhooks');
const EXAMPLES = 'github-examples.json';
const FILES = readdirSync(FOLDER).filter((name) => name !== EXAMPLES);

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
}

afterEach(() => jest.restoreAllMocks());

test('the corpus has at least the 84 requests of the reliability plan', () => {
  const counts = FILES.map((name) => (read(name) as CorpusFile).cases.length);

  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(84);
});

describe.each(FILES)('%s', (name) => {
  const { host, cases } = read(name) as CorpusFile;

  test.each(cases.map((request) => [request.name, request] as const))('%s gets a bounded reply', async (_, request) => {
    const executions = fakeExecutions();
    const secrets = { current: jest.fn(async () => SECRETS[host]), refreshed: jest.fn(async () => SECRETS[host]) };
    const dependencies = { settings: settingsOf(host, request), secrets, executions, clock: { now: () => NOW } };
    const delivery = deliveryOf(eventOf(host, request));
    const parse = jest.spyOn(JSON, 'parse');

    const reply = await receiveStep(delivery, dependencies);

    const { reason = '', ...expected } = request.expect;
    expect(reply).toMatchObject(expected);
    expect(reply.reason).toContain(reason);
    expect(executions.started).toHaveLength(reply.status === 202 ? 1 : 0);
    expect(executions.started.every((run) => /^[A-Za-z0-9_-]{1,80}$/.test(run))).toBe(true);
    const printed = JSON.stringify(reply);
    expect(printed.length).toBeLessThan(1500);
    expect(printed).not.toContain(SECRET);
    expect(printed).not.toContain(SIGNING_TOKEN);
    expect(delivery?.body.length ?? 0).toBeLessThanOrEqual(LARGEST_BODY_BYTES);
    expect(parse.mock.calls.length).toBeLessThanOrEqual(reply.status === 401 || reply.status === 413 ? 0 : 1);
    expect(secrets.current.mock.calls.length).toBeLessThanOrEqual(1);
    expect(secrets.refreshed.mock.calls.length).toBeLessThanOrEqual(1);
    expect(executions.calls()).toBeLessThanOrEqual(1);
  });
});

describe("GitHub's own examples", () => {
  const { examples } = read(EXAMPLES) as { examples: { event: string; payload: { ref?: string } }[] };
  const ours = parseSettings({
    ...settings,
    git: { host: 'github', repository: 'Codertocat/Hello-World', repositoryId: 186853002 },
    branches: [{ branch: 'master', allow: ['push'], version: '{version}-dev' }],
  });

  test.each(examples.map(({ event, payload }) => [event, payload.ref ?? '-', payload] as const))(
    '%s of %s',
    async (event, ref, payload) => {
      const executions = fakeExecutions();
      const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };
      const dependencies = { settings: ours, secrets, executions, clock: { now: () => NOW } };

      const reply = await receiveStep(deliver(payload, { 'x-github-event': event }), dependencies);

      const isPush = event === 'push' && ref === 'refs/heads/master';
      expect(reply).toMatchObject(isPush ? { status: 202, result: 'started' } : { status: 200, result: 'ignored' });
      expect(executions.started).toHaveLength(isPush ? 1 : 0);
    },
  );
});
