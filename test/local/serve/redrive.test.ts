/** A failed local run is redriven through the Step Functions API. It keeps its name and commit, and nothing is built twice. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, RedriveExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { homePaths } from '../../../local/runtime/home';
import { STATE_MACHINE_ARN as ARN, executionArn } from '../../../local/serve/execution-store';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';

const RELEASE = JSON.stringify({ action: 'release', version: 'v1.4.0', ref: 'main' });
const refuse = new Set(['restapi']);
let served: ServedPipeline;

beforeAll(async () => {
  served = await servePipelineOfTests(refuse);
}, 60_000);

afterAll(() => served.end());

const redrive = (name: string) =>
  served.client().send(new RedriveExecutionCommand({ executionArn: executionArn(name) }));

/** Returns the services that the run built, by their logs. */
function builtServices(run: string): readonly string[] {
  const logs = join(homePaths(served.home).logs, run);
  return existsSync(logs) ? readdirSync(logs).sort() : [];
}

function claims(): readonly string[] {
  const folder = homePaths(served.home).claims;
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.json'));
}

test('a redriven run builds and claims only the missing parts', async () => {
  await served.client().send(new StartExecutionCommand({ stateMachineArn: ARN, name: 'release-1', input: RELEASE }));
  const failed = await served.ended('release-1');
  const first = served.repository.git('rev-parse', 'main');
  const claimedBefore = claims();
  served.repository.commit('main', { 'auth/main.py': 'print(2)\n' });
  const before = builtServices('release-1');
  refuse.clear();

  await redrive('release-1');
  const ended = await served.ended('release-1');

  expect(failed).toMatchObject({
    status: 'FAILED',
    error: 'BuildsFailed',
    redriveCount: 0,
    redriveStatus: 'REDRIVABLE',
  });
  expect(claimedBefore).toEqual([]);
  expect(before).toHaveLength(4);
  expect(ended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE' });
  const report = JSON.parse(ended.output ?? '');
  expect(report).toMatchObject({ redrives: 1, source: first, totals: { build: 1, retag: 3, keep: 0 } });
  expect(claims()).toHaveLength(4);
  const { events } = await served
    .client()
    .send(new GetExecutionHistoryCommand({ executionArn: executionArn('release-1'), maxResults: 1000 }));
  expect(events?.filter(({ type }) => type === 'ExecutionRedriven')).toHaveLength(1);
  const stored = join(homePaths(served.home).objects, 'runs/release-1/report.json');
  expect(JSON.parse(readFileSync(stored, 'utf8'))).toMatchObject({ status: 'SUCCEEDED', redrives: 1 });
}, 60_000);

test('a redrive of a successful or unknown run is refused', async () => {
  await expect(redrive('release-1')).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  await expect(redrive('nobody')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
});
