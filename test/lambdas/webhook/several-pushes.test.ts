/** One delivery of Bitbucket Cloud may have several pushes, and names the head of a pull request by 12 digits. */
import { createHmac } from 'node:crypto';
import type { PreviewRequest } from '../../../core/ports/runs';
import { parseSettings } from '../../../core/settings/parse-settings';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, BEFORE, SECRET } from './deliveries';
import { fakeExecutions } from './fake-executions';

const settings = parseSettings({
  git: { host: 'bitbucket', repository: 'cloud-tuner/optscale' },
  releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
  branches: [{ branch: 'release/*', allow: ['push'], version: '{version}-dev' }],
  pullRequests: { comment: true },
});
const repository = { uuid: '{1}', full_name: 'cloud-tuner/optscale' };
const change = (name: string) => {
  const ref = (hash: string) => ({ type: 'branch', name, target: { hash } });
  return { old: ref(BEFORE), new: ref(AFTER), forced: false };
};

function receive(event: string, payload: object, executions = fakeExecutions(), previews: PreviewRequest[] = []) {
  const body = Buffer.from(JSON.stringify({ repository, ...payload }));
  const headers = {
    'content-type': 'application/json',
    'x-event-key': event,
    'x-request-uuid': '1',
    'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  };
  const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };
  return receiveStep(
    { headers, body },
    {
      settings,
      secrets,
      executions,
      previews: { start: async (request) => void previews.push(request) },
      clock: { now: () => 0 },
    },
  );
}

const push = (...names: readonly string[]) => ({ push: { changes: names.map(change) } });

test('each push of a delivery that a rule matches starts its run once, however often it is delivered', async () => {
  const executions = fakeExecutions();
  const payload = push('release/1', 'topic', 'release/2');
  const first = await receive('repo:push', payload, executions);
  const second = await receive('repo:push', payload, executions);

  expect(first).toMatchObject({ status: 202, result: 'started' });
  expect(second).toMatchObject({ status: 202, result: 'started' });
  expect(executions.started.map((name) => name.slice(0, 14))).toEqual(['push-release-1', 'push-release-2']);
});

test('if one run cannot be started, the delivery has failed, and the next one starts the rest', async () => {
  const executions = fakeExecutions();
  executions.breakStart('before', 1);
  const payload = push('release/1', 'release/2');

  expect(await receive('repo:push', payload, executions)).toMatchObject({ status: 503, result: 'failed' });
  expect(executions.started).toEqual([]);
  expect(await receive('repo:push', payload, executions)).toMatchObject({ status: 202 });
  expect(executions.started).toHaveLength(2);
});

test.each([
  ['pullrequest:created', repository, 1],
  ['pullrequest:updated', repository, 1],
  ['pullrequest:created', { uuid: '{2}', full_name: 'mallory/optscale' }, 0],
  ['pullrequest:created', null, 0],
  ['pullrequest:fulfilled', repository, 0],
])('%s from %j is previewed %i times', async (event, source, times) => {
  const previews: PreviewRequest[] = [];
  const pullrequest = {
    id: 7,
    source: { commit: { hash: AFTER.slice(0, 12) }, repository: source },
    destination: { branch: { name: 'release/1' } },
  };
  await receive(event, { pullrequest }, fakeExecutions(), previews);

  const request = { number: 7, base: 'release/1', commit: AFTER.slice(0, 12) };
  expect(previews).toEqual(Array(times).fill(request));
});
