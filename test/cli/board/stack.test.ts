/** The board of a deployed stack: a fake account has its outputs, objects and logs, and the served interpreter has its executions. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { openStackSource } from '../../../cli/board/stack';
import { objectKeys } from '../../../core/contract/keys';
import { createBoardApp } from '../../../local/board/app';
import { openBoard } from '../../../local/board/board';
import { homePaths } from '../../../local/runtime/home';
import { executionArn, STATE_MACHINE_ARN } from '../../../local/serve/execution-store';
import { type FakeAwsAccount, startFakeAwsAccount } from '../../support/aws/fake-aws-account';
import { OWN_PROGRAM, type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';

const BUCKET = 'pipeline-store';
const LINK =
  'https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1' +
  '#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252Fbuilder/log-events/4f1e-2';
const before = process.env;

let aws: FakeAwsAccount;
let served: ServedPipeline;

beforeAll(async () => {
  [aws, served] = await Promise.all([startFakeAwsAccount(), servePipelineOfTests(new Set(['auth']))]);
  const outputs = { StateMachineArn: STATE_MACHINE_ARN, StoreBucketName: BUCKET };
  aws.stacks.set('Pipeline', { status: 'CREATE_COMPLETE', outputs });
  process.env = {
    ...before,
    AWS_ENDPOINT_URL: aws.url,
    AWS_ENDPOINT_URL_SFN: served.serving().url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  await release('release-1');
}, 60_000);

afterAll(async () => {
  process.env = before;
  await Promise.all([aws.stop(), served.end()]);
});

/** Runs a release, in which one build fails, and stores its records in the bucket, as the functions do in AWS. */
async function release(name: string): Promise<void> {
  const input = JSON.stringify({ action: 'release', version: 'v1.4.0', ref: 'main' });
  await served.client().send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name, input }));
  await served.ended(name);
  const objects = homePaths(served.home).objects;
  for (const path of readdirSync(objects, { recursive: true, encoding: 'utf8' })) {
    const file = join(objects, path);
    // The times of a run are stored on one machine only.
    if (!statSync(file).isFile() || path.endsWith('timeline.json')) continue;
    aws.objects.set(`/${BUCKET}/${path}`, readFileSync(file, 'utf8').replace(/file:\/\/[^"]*\.log/g, LINK));
  }
}

async function openPages() {
  const source = await openStackSource({
    stack: 'Pipeline',
    region: 'eu-central-1',
    repository: served.repository.path,
    valuesRepository: undefined,
    settings: undefined,
  });
  const board = openBoard({ source, program: OWN_PROGRAM, now: () => Date.now(), onFault: fail });
  await board.index.refresh();
  const app = createBoardApp(board);
  return async (path: string) => {
    const reply = await app.request(path, { headers: { host: '127.0.0.1:8084' } });
    return { status: reply.status, text: await reply.text() };
  };
}

function fail(message: string): void {
  throw new Error(message);
}

test('runs are listed, and a run has its times, its failed job with the end of the log, and a link to the console', async () => {
  aws.logs.set('/aws/codebuild/builder 4f1e-2', ['npm run build', 'exit status 1']);
  const get = await openPages();

  expect((await get('/runs')).text).toContain('/runs/release-1');
  const { text } = await get('/runs/release-1');
  expect(text).toContain('class="b-step"');
  expect(text).toMatch(/class="b-failed"/);
  expect(text).toContain('npm run build\nexit status 1');
  expect(text).toContain('https://local-1.console.aws.amazon.com/states/home');
});

test('a job of a Distributed Map, which has a history of its own, has the times that the run stored', async () => {
  const job = {
    name: 'from-a-distributed-map',
    queuedAt: Date.now(),
    startedAt: Date.now() + 1,
    endedAt: Date.now() + 9000,
  };
  const timeline = { schema: 1, run: 'release-1', startedAt: Date.now(), steps: [], jobs: [job] };
  aws.objects.set(`/${BUCKET}/${objectKeys.timeline('release-1')}`, JSON.stringify(timeline));
  const { text } = await (await openPages())('/runs/release-1');
  aws.objects.delete(`/${BUCKET}/${objectKeys.timeline('release-1')}`);

  expect(text).toMatch(/<th scope="row">from-a-distributed-map<\/th><td class="bar">/);
  expect(text).toContain('class="b-step"');
});

test('a log that the caller may not read is replaced by the reason, and the rest of the page stays', async () => {
  aws.denied.add('GetLogEvents');
  const denied = await (await openPages())('/runs/release-1');
  aws.denied.delete('GetLogEvents');

  expect(denied.status).toBe(200);
  expect(denied.text).toContain('not authorized to perform GetLogEvents');
});

test('a record that the caller may not read is named, and the rest of the page stays', async () => {
  aws.deniedObjects.add(`/${BUCKET}/${objectKeys.plan('release-1')}`);
  const { status, text } = await (await openPages())('/runs/release-1');
  aws.deniedObjects.clear();

  expect(status).toBe(200);
  expect(text).toContain('plan.json cannot be read: ');
  expect(text).toContain('class="b-step"');
});

test('two pages that read a run at the same time add each event once', async () => {
  const source = await openStackSource({
    stack: 'Pipeline',
    region: 'eu-central-1',
    repository: undefined,
    valuesRepository: undefined,
    settings: undefined,
  });
  const [one, other] = await Promise.all([source.runs.readAll('release-1'), source.runs.readAll('release-1')]);

  expect(one?.timeline?.steps.map(({ name }) => name)).toEqual(other?.timeline?.steps.map(({ name }) => name));
  expect(one?.timeline?.steps.filter(({ name }) => name === 'Plan the run')).toHaveLength(1);
  expect(await source.runs.readAll('no-such-run')).toBeUndefined();
});

test('stop and redrive reach the execution, and an error of Step Functions is shown', async () => {
  const source = await openStackSource({
    stack: 'Pipeline',
    region: 'eu-central-1',
    repository: undefined,
    valuesRepository: undefined,
    settings: undefined,
  });

  await source.act('redrive', executionArn('release-1'));
  expect((await served.ended('release-1')).redriveCount).toBe(1);
  await expect(source.act('stop', executionArn('no-such-run'))).rejects.toThrow(/ExecutionDoesNotExist|no-such-run/);
});

test('a missing stack is refused with what to do', async () => {
  const options = {
    stack: 'Other',
    region: 'eu-central-1',
    repository: undefined,
    valuesRepository: undefined,
    settings: undefined,
  };
  await expect(openStackSource(options)).rejects.toThrow(/there is no such stack in this region/);
});
