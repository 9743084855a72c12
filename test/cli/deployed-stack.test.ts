/** `--stack` of approve, reject, start and status, against an AWS account on loopback. */
import { join } from 'node:path';
import { type DeployedAccount, startDeployedAccount } from '../support/aws/deployed-account';
import { runCommand } from '../support/pipeline/small-pipeline';

const OUTPUTS = {
  StateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:ImagePipeline',
  StoreBucketName: 'pipeline-store',
};
const CALLER = 'arn:aws:iam::123456789012:user/dev';
const COMMANDS = [
  ['approve', 'run-1'],
  ['reject', 'run-1'],
  ['approvals'],
  ['status'],
  ['start', 'release', '--version', 'v1.4.0', '--ref', 'main'],
];

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
  world.aws.stacks.set('Team', { status: 'CREATE_COMPLETE', outputs: OUTPUTS });
  world.aws.stacks.set('Unrelated', { status: 'CREATE_COMPLETE', outputs: { Url: 'https://example.com' } });
});

afterEach(() => world.stop());

describe('a pipeline that is a part of a stack', () => {
  const prefixed = (...ids: readonly string[]) =>
    Object.fromEntries(ids.flatMap((id) => Object.entries(OUTPUTS).map(([name, value]) => [`${id}${name}`, value])));

  test.each(['Platform', 'Platform/Pipeline'])('is found as %s if it is the only one', async (stack) => {
    world.aws.stacks.set('Platform', { status: 'CREATE_COMPLETE', outputs: prefixed('Pipeline') });

    expect(await runCommand('status', '--stack', stack)).toMatchObject({ exitCode: 0 });
  });

  test('is chosen by its id if there are several', async () => {
    world.aws.stacks.set('Platform', { status: 'CREATE_COMPLETE', outputs: prefixed('Web', 'Data') });

    expect(await runCommand('status', '--stack', 'Platform/Web')).toMatchObject({ exitCode: 0 });
    expect(await runCommand('status', '--stack', 'Platform')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('choose one: --stack Platform/Data, --stack Platform/Web'),
    });
    expect(await runCommand('status', '--stack', 'Platform/Mail')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('has no output MailStateMachineArn'),
    });
  });
});

describe('approve and reject --stack', () => {
  const approval = { schema: 1, run: 'run-1', token: 'task-token', until: '2999-01-01T00:00:00Z' };
  const answers = () =>
    world.aws.calls
      .filter(({ operation }) => operation.startsWith('SendTask'))
      .map(({ operation, region, input }) => ({ operation, region, input }));

  test('answer the run with the token from the bucket of the stack, in the chosen region', async () => {
    world.aws.objects.set('/pipeline-store/runs/run-1/approval.json', JSON.stringify(approval));

    const approved = await runCommand('approve', 'run-1', '--stack', 'Team', '--region', 'us-east-1');
    const rejected = await runCommand('reject', 'run-1', '--stack', 'Team', '--reason', 'too early');

    expect(approved).toMatchObject({ exitCode: 0, stdout: `run-1: approved by ${CALLER}\n` });
    expect(rejected).toMatchObject({ exitCode: 0, stdout: `run-1: rejected by ${CALLER}\n` });
    expect(answers()).toMatchObject([
      {
        operation: 'SendTaskSuccess',
        region: 'us-east-1',
        input: { taskToken: 'task-token', output: JSON.stringify({ by: CALLER }) },
      },
      { operation: 'SendTaskFailure', region: 'eu-central-1', input: { cause: expect.stringContaining('too early') } },
    ]);
  });

  test('refuse the starter where the environment forbids it, and answer nothing', async () => {
    const own = { ...approval, notByStarter: true, startedBy: CALLER, environment: 'production' };
    world.aws.objects.set('/pipeline-store/runs/run-1/approval.json', JSON.stringify(own));

    const { exitCode, stderr } = await runCommand('approve', 'run-1', '--stack', 'Team');

    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `run-1: environment production forbids that the person who started a run approves it, and ${CALLER} did`,
    );
    expect(answers()).toEqual([]);
    expect(await runCommand('reject', 'run-1', '--stack', 'Team')).toMatchObject({ exitCode: 0 });
  });

  test('refuse a run that is not waiting, and send no answer', async () => {
    const { exitCode, stderr } = await runCommand('approve', 'run-1', '--stack', 'Team');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('run-1: is not waiting for approval; check the name, and --stack, --bucket or --home');
    expect(answers()).toEqual([]);
  });
});

describe('approvals --stack', () => {
  test('lists the runs that wait, and no run that was answered or builds', async () => {
    for (const run of ['run-1', 'run-2', 'run-3']) {
      const stored = { schema: 1, run, token: 'secret', until: '2999-01-01T00:00:00Z', title: `release of ${run}` };
      world.aws.objects.set(`/pipeline-store/runs/${run}/approval.json`, JSON.stringify(stored));
    }
    world.aws.running.set('run-1', 'Wait for approval');
    world.aws.running.set('run-2', 'Tag all images');
    world.aws.running.set('run-4', 'Build images');

    const { exitCode, stdout } = await runCommand('approvals', '--stack', 'Team', '--json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ run: 'run-1', until: '2999-01-01T00:00:00Z', title: 'release of run-1' }]);
    expect(world.aws.calls.find(({ operation }) => operation === 'ListExecutions')?.input).toMatchObject({
      stateMachineArn: OUTPUTS.StateMachineArn,
      statusFilter: 'RUNNING',
    });
  });
});

describe('start --stack', () => {
  test('records the ARN of who calls in the input of the run', async () => {
    world.aws.denied.add('StartExecution');
    await runCommand('start', 'release', '--version', 'v1.4.0', '--ref', 'main', '--stack', 'Team', '--no-follow');

    const { input = {} } = world.aws.calls.find(({ operation }) => operation === 'StartExecution') ?? {};
    expect(JSON.parse(String(input.input))).toEqual({
      action: 'release',
      version: 'v1.4.0',
      ref: 'main',
      startedBy: CALLER,
    });
  });

  test('starts without a name if AWS does not say who calls', async () => {
    for (const operation of ['StartExecution', 'GetCallerIdentity']) world.aws.denied.add(operation);
    const { stderr } = await runCommand('start', 'rollback', '--version', 'v1.3.0', '--stack', 'Team', '--no-follow');

    const { input = {} } = world.aws.calls.find(({ operation }) => operation === 'StartExecution') ?? {};
    expect(JSON.parse(String(input.input))).toEqual({ action: 'rollback', version: 'v1.3.0' });
    expect(stderr).toContain('the run does not record who started it');
  });
});

describe.each(COMMANDS)('%s with a stack that cannot be used', (...words: string[]) => {
  test('lists the pipelines of the region if there is no such stack', async () => {
    const { exitCode, stderr } = await runCommand(...words, '--stack', 'Tema');

    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'Tema: there is no such stack in this region; its pipelines are Team; choose one with --stack, or another --region',
    );
  });

  test('explains how to deploy if the region has no pipeline', async () => {
    world.aws.stacks.delete('Team');

    const { exitCode, stderr } = await runCommand(...words, '--stack', 'Team');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('Team: there is no such stack in this region; deploy it with npx cdk deploy');
  });

  test('names the missing output of another or an incomplete stack', async () => {
    const { exitCode, stderr } = await runCommand(...words, '--stack', 'Unrelated');

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /Unrelated: has no output (StateMachineArn|StoreBucketName) \(it is CREATE_COMPLETE\); deploy it/,
    );
  });

  test('explains how to sign in without credentials', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) Reflect.deleteProperty(process.env, name);
    const missing = join(world.files.settings, 'none');
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: missing,
      AWS_SHARED_CREDENTIALS_FILE: missing,
    });

    const { exitCode, stderr } = await runCommand(...words, '--stack', 'Team');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('sign in with aws sso login');
  });
});
