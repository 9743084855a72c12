/** `pipeline start` and `pipeline status`, against a served pipeline. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetExecutionHistoryCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { RunReport } from '../../../core/contract/report';
import { executionArn, STATE_MACHINE_ARN } from '../../../local/serve/execution-store';
import { startFakeAwsAccount } from '../../support/aws/fake-aws-account';
import { type ServedPipeline, servePipelineOfTests } from '../../support/deliveries/served-pipeline';
import { runCommand } from '../../support/pipeline/small-pipeline';

let served: ServedPipeline;

beforeAll(async () => {
  served = await servePipelineOfTests();
}, 60_000);

afterAll(() => served.end());

/** Waits until the condition holds; the test's time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

function command(...args: string[]) {
  return runCommand(...args, '--endpoint-url', served.serving().url);
}

const RELEASE = ['release', '--version', 'v1.4.0', '--ref', 'main'];

describe('pipeline start', () => {
  test('of a dry run plans and writes nothing', async () => {
    const before = served.repository.git('rev-parse', 'main');

    const { exitCode, stdout } = await command('start', ...RELEASE, '--dry-run');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^release-dry-v1-4-0-\w+: succeeded after [\d.]+ s\nplanned in .*: to build 4, to retag 0, to keep 0; nothing was written/,
    );
    expect(served.repository.git('rev-parse', 'main')).toBe(before);
  }, 60_000);

  test('of a release follows it with the number of builds to its report', async () => {
    const { exitCode, stdout, stderr } = await command('start', ...RELEASE, '--json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'SUCCEEDED',
      input: { action: 'release', version: 'v1.4.0', ref: 'main' },
      report: { version: 'v1.4.0', commit: served.repository.git('rev-parse', 'main') },
    });
    expect(stderr).toContain('  Plan the run\n');
    expect(stderr).toContain('built 4 of 4');
    expect(stderr).toContain('  Update the values file\n');
  }, 60_000);

  test('of a release on shared machines counts each of their images', async () => {
    const shared = await servePipelineOfTests(new Set(['ngui']), { builders: 1 });
    try {
      const { exitCode, stderr } = await runCommand('start', ...RELEASE, '--endpoint-url', shared.serving().url);

      expect(exitCode).toBe(1);
      expect(stderr).toContain('built 3 of 4, 1 failed (ngui)');
    } finally {
      await shared.end();
    }
  }, 60_000);

  test('of a hotfix without following it prints the name for status', async () => {
    served.repository.commit('main', { 'ngui/index.html': '<html>fixed</html>\n' });
    const version = 'v1.4.0-hotfix-1';
    const args = ['build', '--services', 'ngui', '--version', version, '--ref', 'main'];

    const { exitCode, stdout } = await command('start', ...args, '--no-follow', '--json');
    const { name } = JSON.parse(stdout) as { name: string };
    await served.ended(name);
    const told = await command('status', name);
    const listed = await command('status', '--json');

    expect(exitCode).toBe(0);
    expect(told.stdout).toContain(`${name}: succeeded`);
    expect(told.stdout).toContain(`built 1, retagged 0, kept 0, failed 0, not done 0; version ${version}`);
    expect(JSON.parse(listed.stdout)[0]).toMatchObject({ name, status: 'SUCCEEDED' });
    expect(served.read('chart/values.yaml')).toContain(`ngui: { image: { tag: ${version} } }`);
  }, 60_000);

  test('of a failed run has exit code 1, the error, and the log of the failed build', async () => {
    const failing = await servePipelineOfTests(new Set(['auth']));
    const { exitCode, stdout, stderr } = await runCommand('start', ...RELEASE, '--endpoint-url', failing.serving().url);
    await failing.end();

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/: failed after .*\nBuildsFailed: /);
    expect(stdout).toMatch(/auth: FAILED.*file:\/\/\S+auth\.log/s);
    expect(stderr).toContain('built 3 of 4, 1 failed (auth)');
    expect(stdout).toMatch(
      /failed in [\d.]+ s: built 3, retagged 0, kept 0, failed 1, not done 0; started by \S+; commit none/,
    );
  }, 60_000);

  test('refuses a bad input before anything is started', async () => {
    const before = (await command('status', '--json')).stdout;

    const { exitCode, stderr } = await command('start', 'release', '--version', 'v1 4', '--ref', 'a..b');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('version');
    expect(stderr).toContain('ref');
    expect((await command('status', '--json')).stdout).toBe(before);
  });

  test('--stack finds the state machine in the outputs of the stack', async () => {
    const before = process.env;
    const aws = await startFakeAwsAccount();
    aws.stacks.set('Pipeline', { status: 'CREATE_COMPLETE', outputs: { StateMachineArn: STATE_MACHINE_ARN } });
    process.env = {
      ...before,
      AWS_ENDPOINT_URL: aws.url,
      AWS_ENDPOINT_URL_SFN: served.serving().url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };

    const place = ['--stack', 'Pipeline', '--region', 'eu-central-1'];
    const started = await runCommand('start', ...RELEASE, '--dry-run', ...place);
    const listed = await runCommand('status', ...place, '--json');
    process.env = before;
    await aws.stop();

    expect(started).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing was written') });
    expect(JSON.parse(listed.stdout)[0]).toMatchObject({ name: expect.stringMatching(/^release-dry-v1-4-0-/) });
    // The caller is asked for in the region of the state machine.
    expect(aws.calls.map(({ region }) => region)).toEqual(['eu-central-1', 'local-1', 'eu-central-1']);
  }, 60_000);

  test('requires a state machine, and refuses a wrong one', async () => {
    const missing = await runCommand('start', ...RELEASE);
    const malformed = await command('start', ...RELEASE, '--state-machine', 'ImagePipeline');
    const unknown = await command('start', ...RELEASE, '--state-machine', `${STATE_MACHINE_ARN}2`);

    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('PIPELINE_STATE_MACHINE') });
    expect(malformed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('write the ARN') });
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('StateMachineDoesNotExist') });
  });

  test.each([[['status']], [['start', ...RELEASE]]])('reports an endpoint without an answer: %j', async (words) => {
    const { exitCode, stderr } = await runCommand(...words, '--endpoint-url', 'http://127.0.0.1:1');

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /--endpoint-url: nothing answers at http:\/\/127\.0\.0\.1:1; start it with npx pipeline serve/,
    );
  });
});

describe('pipeline status', () => {
  test('lists the last runs, the newest first', async () => {
    const { exitCode, stdout } = await command('status');

    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^run +status +started \(UTC\) +took$/);
    expect(stdout.split('\n').filter((line) => line.includes('release-v1-4-0-'))).toHaveLength(1);
  });

  test('shows the progress of a run, without characters that a terminal obeys', async () => {
    const input = JSON.stringify({ action: 'release', version: 'v1.5.0\u001b[2J', ref: 'main' });
    await served
      .client()
      .send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name: 'by-hand', input }));
    const running = await command('status', 'by-hand');
    await served.ended('by-hand');
    const ended = await command('status', 'by-hand');

    expect(running.stdout).toMatch(/^by-hand: (running|failed)/);
    expect(ended.stdout).toContain('InvalidInput: ');
    expect(ended.stdout).not.toContain('\u001b');
  });

  test('shows the numbers of a run that was stopped, from its stored report', async () => {
    const input = JSON.stringify({ action: 'release', version: 'v1.6.0', ref: 'main' });
    const stateMachineArn = STATE_MACHINE_ARN;
    await served.client().send(new StartExecutionCommand({ stateMachineArn, name: 'stopped', input }));
    const history = new GetExecutionHistoryCommand({ executionArn: executionArn('stopped') });
    await until(async () => ((await served.client().send(history)).events?.length ?? 0) > 1);
    await served.client().send(new StopExecutionCommand({ executionArn: executionArn('stopped') }));
    // As in AWS, the report is stored after the end.
    const file = join(served.home, 'objects/runs/stopped/report.json');
    await until(async () => existsSync(file));

    const { result } = JSON.parse(readFileSync(file, 'utf8')) as RunReport;
    const told = await command('status', 'stopped');
    const json = JSON.parse((await command('status', 'stopped', '--json')).stdout);
    const elsewhere = await command('status', 'stopped', '--home', served.folder);

    expect(told.stdout).toMatch(/^stopped: aborted after/);
    expect(told.stdout).toContain(`was stopped in`);
    expect(told.stdout).toContain(result);
    expect(json).toMatchObject({ status: 'ABORTED', report: { status: 'FAILED', result } });
    expect(elsewhere.stdout).toContain(
      `there is no report at ${join(served.folder, 'objects/runs/stopped/report.json')}`,
    );
  }, 60_000);

  test('refuses a missing run', async () => {
    expect(await command('status', 'nobody')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nobody') });
  });
});
