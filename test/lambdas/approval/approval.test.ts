import { objectKeys } from '../../../core/contract/keys';
import type { ObjectStore } from '../../../core/ports/store';
import { parseSettings } from '../../../core/settings/parse-settings';
import { approvalStep } from '../../../lambdas/approval/approval';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { plannedService, planOf } from '../../support/pipeline/runs';

const clock = createStillClock(Date.UTC(2026, 10, 23));
const execution = 'arn:aws:states:eu-central-1:123456789012:execution:Pipeline:run-1';
const request = { run: 'run-1', execution, token: 'AAAA', seconds: 7200, builds: [[]] };
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  environments: [{ name: 'production', values: 'values.yaml', approval: { hours: 2, notByStarter: true } }],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

let store: ObjectStore;
let sent: string[];
const notices = {
  send: async (text: string) => {
    sent.push(text);
  },
};

beforeEach(async () => {
  sent = [];
  store = createMemoryStore();
  const plan = planOf([plannedService('auth', 'build')], { environment: 'production', startedBy: 'alice' });
  await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));
});

const ask = (part: object = {}, own: object = {}) =>
  approvalStep({ ...request, ...part }, { settings, store, clock, notices, place: '--stack Shop', ...own });

describe('the approval step', () => {
  test('stores the question with what it is about and the time until which an answer counts', async () => {
    await ask({ builds: [[{ service: 'auth', status: 'SUCCEEDED' }]] });

    const stored = JSON.parse((await store.get(objectKeys.approval('run-1')))?.toString('utf8') ?? '');
    expect(stored).toEqual({
      schema: 1,
      run: 'run-1',
      token: 'AAAA',
      until: '2026-11-23T02:00:00.000Z',
      title: 'release v1.4.0 to production by alice',
      environment: 'production',
      startedBy: 'alice',
      notByStarter: true,
    });
  });

  test('tells people with the deadline, the command and the page of the run', async () => {
    await ask();

    expect(sent).toEqual([
      expect.stringMatching(/^Run run-1 waits for approval: release v1\.4\.0 to production by alice\n/),
    ]);
    expect(sent[0]).toContain('2026-11-23 02:00 UTC');
    expect(sent[0]).toContain('npx pipeline approve run-1 --stack Shop\n');
    expect(sent[0]).toContain('https://eu-central-1.console.aws.amazon.com/states/');
    expect(sent[0]).not.toContain('AAAA');
  });

  test('waits all the same if the notice cannot be sent', async () => {
    const broken = { send: () => Promise.reject(new Error('the topic is gone')) };

    await expect(ask({}, { notices: broken })).resolves.toBeUndefined();
    expect(await store.exists(objectKeys.approval('run-1'))).toBe(true);
  });

  test('does not ask about a run whose builds failed', async () => {
    const builds = [[{ service: 'auth', status: 'FAILED' as const, cause: 'compile error' }]];

    await expect(ask({ builds })).rejects.toMatchObject({ name: 'BuildsFailed' });
    expect(await store.exists(objectKeys.approval('run-1'))).toBe(false);
    expect(sent).toEqual([]);
  });
});
