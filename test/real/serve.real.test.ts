/** The commands of the README on a served pipeline, in a process of its own: the real AWS command line, and a real git push. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { RunReport } from '../../core/contract/report';
import { freePort } from '../../local/runtime/loopback';
import { gitEnvironment } from '../support/git/git-repository';
import { makeSmallPipeline, type SmallPipeline } from '../support/pipeline/small-pipeline';

const PROJECT = resolve(__dirname, '../..');
const ARN = 'arn:aws:states:local-1:000000000000:stateMachine:ImagePipeline';
/** Debian's package; the AWS command line that is first on the PATH may be another one. */
const AWS = '/usr/bin/aws';

let pipeline: SmallPipeline;
let folder: string;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  pipeline = await makeSmallPipeline();
  pipeline.repository.git('branch', 'develop', 'main');
  folder = mkdtempSync(join(tmpdir(), 'serve-real-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const args = ['--import', 'tsx', 'bin/pipeline.ts', 'serve', '--home', pipeline.home, '--port', String(port)];
  server = spawn(process.execPath, [...args, '--builder', 'embedded'], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await saidBy(server, `serving ${url}`);
}, 60_000);

afterAll(async () => {
  if (server.exitCode === null) {
    const ended = new Promise((fulfil) => server.once('exit', fulfil));
    server.kill('SIGTERM');
    await ended;
  }
  pipeline.remove();
  rmSync(folder, { recursive: true, force: true });
});

function saidBy(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  return new Promise((fulfil, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes(text)) fulfil();
      });
    }
    child.once('exit', (code) => reject(new Error(`it ended with ${code} and never said '${text}':\n${said}`)));
  });
}

/** Returns the JSON that the AWS command line prints. */
async function aws<Reply>(operation: string, ...args: string[]): Promise<Reply> {
  const all = ['stepfunctions', operation, '--endpoint-url', url, '--region', 'local-1', '--output', 'json', ...args];
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  };
  const { stdout } = await promisify(execFile)(AWS, all, { env, maxBuffer: 1 << 26 });
  return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Reply;
}

interface Described {
  readonly status: string;
  readonly name: string;
  readonly output?: string;
  readonly cause?: string;
}

async function ended(arn: string): Promise<Described> {
  for (;;) {
    const described = await aws<Described>('describe-execution', '--execution-arn', arn);
    if (described.status !== 'RUNNING') return described;
    await new Promise((fulfil) => setTimeout(fulfil, 500));
  }
}

async function started(input: object): Promise<string> {
  const args = ['--state-machine-arn', ARN, '--input', JSON.stringify(input)];
  return (await aws<{ executionArn: string }>('start-execution', ...args)).executionArn;
}

describe('the AWS command line on a served pipeline', () => {
  test('starts a release and reads its report and its history', async () => {
    const arn = await started({ action: 'release', version: 'v1.4.0', ref: 'main' });
    const described = await ended(arn);
    const { events } = await aws<{ events: { type: string }[] }>('get-execution-history', '--execution-arn', arn);

    expect(described).toMatchObject({ status: 'SUCCEEDED' });
    const report = JSON.parse(described.output ?? '') as RunReport;
    expect(report).toMatchObject({ totals: { build: 4 }, commit: pipeline.repository.git('rev-parse', 'main') });
    expect(pipeline.read('chart/values.yaml')).toContain('tag: &tag v1.4.0');
    expect(events[0]?.type).toBe('ExecutionStarted');
    expect(events.at(-1)?.type).toBe('ExecutionSucceeded');
  }, 120_000);

  test('starts a hotfix of one service', async () => {
    pipeline.repository.commit('main', { 'ngui/index.html': '<html>fixed</html>\n' });
    const version = 'v1.4.0-hotfix-1';
    const described = await ended(await started({ action: 'build', services: ['ngui'], version, ref: 'main' }));

    expect(described).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(described.output ?? '')).toMatchObject({ version, totals: { build: 1, retag: 0, keep: 0 } });
    expect(pipeline.read('chart/values.yaml')).toContain(`ngui: { image: { tag: ${version} } }`);
  }, 120_000);

  test('stops a run, lists all of them page by page, and sees the state machine', async () => {
    const arn = await started({ action: 'release', version: 'v1.5.0', ref: 'main' });
    const stopped = await aws('stop-execution', '--execution-arn', arn, '--cause', 'changed our mind');
    const pages = ['--state-machine-arn', ARN, '--page-size', '1'];
    const { executions } = await aws<{ executions: { status: string }[] }>('list-executions', ...pages);
    const { stateMachines } = await aws<{ stateMachines: object[] }>('list-state-machines');
    const machine = await aws<{ definition: string }>('describe-state-machine', '--state-machine-arn', ARN);

    expect(stopped).toHaveProperty('stopDate');
    // The client itself takes a second to start, within which so small a run may have ended.
    expect(['ABORTED', 'SUCCEEDED']).toContain((await ended(arn)).status);
    expect(executions.slice(1).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(stateMachines).toMatchObject([{ stateMachineArn: ARN }]);
    expect(JSON.parse(machine.definition)).toHaveProperty('StartAt');
  }, 120_000);

  test('is told of a mistake by the name that AWS has for it', async () => {
    const wrong = aws('start-execution', '--state-machine-arn', `${ARN}2`, '--input', '{}');
    await expect(wrong).rejects.toMatchObject({ stderr: expect.stringContaining('(StateMachineDoesNotExist)') });

    const bad = await ended(await started({ action: 'release', version: 'v1 4' }));
    expect(bad).toMatchObject({
      status: 'FAILED',
      error: 'InvalidInput',
      cause: expect.stringContaining('A valid input:'),
    });
  }, 120_000);
});

test('a real git push leads to one run, which status tells of', async () => {
  const clone = join(folder, 'clone');
  const options = { env: gitEnvironment() };
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', clone, ...args], options);
  execFileSync('git', ['clone', '--quiet', '--branch', 'develop', '--', pipeline.repository.path, clone], options);
  writeFileSync(join(clone, 'auth/main.py'), 'print("changed")\n');
  await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '--all', '-m', 'a change');

  const { stderr } = await git('push', 'origin', 'HEAD');

  const run = /a run was started: (push-develop-[\w-]+)/.exec(stderr)?.[1] ?? '';
  const described = await ended(`${ARN.replace(':stateMachine:', ':execution:')}:${run}`);
  expect(described).toMatchObject({ status: 'SUCCEEDED', name: run });
  expect(pipeline.read('chart/values.yaml', 'develop')).toContain('v1.4.0-dev');
}, 120_000);

test('the server ends when it is told to, with exit code 0', async () => {
  const code = new Promise((fulfil) => server.once('exit', fulfil));
  server.kill('SIGINT');

  expect(await code).toBe(0);
}, 60_000);
