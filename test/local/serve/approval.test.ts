/** A person answers a run of a served pipeline through the Step Functions API, as in AWS. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendTaskFailureCommand, SendTaskSuccessCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { createDiskObjectStore } from '../../../adapters/disk/disk-store';
import { objectKeys } from '../../../core/contract/keys';
import { homePaths } from '../../../local/runtime/home';
import { STATE_MACHINE_ARN as ARN } from '../../../local/serve/execution-store';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';

let served: ServedPipeline;

beforeAll(async () => {
  const environments = [
    { name: 'production', values: 'chart/values.yaml', approval: { hours: 1, notByStarter: true } },
  ];
  served = await servePipelineOfTests(new Set(), { valuesFile: undefined, environments });
}, 60_000);

afterAll(() => served.end());

/** Starts a release, and returns the token of its question. */
async function ask(name: string, version: string): Promise<string> {
  const input = JSON.stringify({ action: 'release', version, ref: 'main', startedBy: 'alice' });
  await served.client().send(new StartExecutionCommand({ stateMachineArn: ARN, name, input }));
  const store = createDiskObjectStore(homePaths(served.home).objects);
  for (let tries = 0; tries < 400; tries += 1) {
    const body = await store.get(objectKeys.approval(name));
    if (body !== undefined) return (JSON.parse(body.toString('utf8')) as { token: string }).token;
    await sleep(100);
  }
  throw new Error(`run ${name} does not ask`);
}

const succeed = (taskToken: string, output: string) =>
  served.client().send(new SendTaskSuccessCommand({ taskToken, output }));

test('send-task-success lets the run go on, once, and its output names who approved', async () => {
  const taskToken = await ask('release-1', 'v1.4.0');
  expect(served.events).toContainEqual({
    message: 'notice',
    text: expect.stringContaining(`approve release-1 --home ${served.home}`),
  });

  await expect(succeed(taskToken, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
  await succeed(taskToken, '{"by":"bob","comment":"tested"}');
  await expect(succeed(taskToken, '{}')).rejects.toMatchObject({ name: 'TaskTimedOut' });

  const ended = await served.ended('release-1');
  expect(JSON.parse(ended.output ?? '')).toMatchObject({
    startedBy: 'alice',
    approval: { by: 'bob', comment: 'tested' },
  });
}, 90_000);

test('send-task-failure ends the run, and its cause is the reason', async () => {
  const taskToken = await ask('release-2', 'v1.5.0');
  const cause = 'not on a Friday';
  await served.client().send(new SendTaskFailureCommand({ taskToken, error: 'Any', cause }));

  expect(await served.ended('release-2')).toMatchObject({
    status: 'FAILED',
    error: 'NotApproved',
    cause: expect.stringContaining(cause),
  });
}, 90_000);

test('an answer that names the starter is refused by the release, and nothing is tagged', async () => {
  await succeed(await ask('release-3', 'v1.6.0'), '{"by":"alice"}');

  expect(await served.ended('release-3')).toMatchObject({
    status: 'FAILED',
    error: 'NotApproved',
    cause: expect.stringContaining('forbids that the person who started a run approves it, and alice did'),
  });
  expect(served.read('chart/values.yaml')).not.toContain('v1.6.0');
}, 90_000);

test.each(['local:no-run', 'local:../../settings', 'AAAA'])('the token %s answers nothing', async (taskToken) => {
  await expect(succeed(taskToken, '{}')).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('a run whose starter is not known is refused where the starter must not approve', async () => {
  const input = JSON.stringify({ action: 'release', version: 'v1.7.0', ref: 'main' });
  await served.client().send(new StartExecutionCommand({ stateMachineArn: ARN, name: 'release-4', input }));

  expect(await served.ended('release-4')).toMatchObject({
    error: 'InvalidInput',
    cause: expect.stringMatching(/startedBy: is missing, and environment production forbids .* npx pipeline start/),
  });
}, 60_000);
