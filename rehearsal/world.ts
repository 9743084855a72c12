/** The world of a scene: a deployed pipeline, with its stack, git host, build machine and AWS's clients. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { BuildMachine } from './build-machine/build-machine';
import type { Cdk, StackOutputs } from './deployment';
import type { Emulator } from './emulator/emulator';
import type { PythonEnvironment } from './emulator/python';
import type { Websites } from './emulator/websites';
import { SceneFailure } from './failure';
import { type Ended, run } from './processes';
import type { FakeGitHub, RunReport, TestRepository } from './product';

/** The part of a reply of `DescribeExecution` that scenes use. */
export interface Described {
  readonly executionArn: string;
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

interface WorldParts {
  readonly emulator: Emulator;
  readonly machine: BuildMachine;
  readonly cdk: Cdk;
  readonly repository: TestRepository;
  readonly github: FakeGitHub;
  readonly websites: Websites;
  readonly folder: string;
}

export interface World extends WorldParts {
  /** The stack as it was last deployed, with the folder of its assembly. */
  stack: { name: string; outputs: StackOutputs; assembly: string; settings: object };
  readonly clients: ReturnType<typeof createClients>;
  /** Runs the AWS command line. Throws with its output if it fails. */
  aws<Reply>(service: string, operation: string, ...args: readonly string[]): Promise<Reply>;
  /** Runs `aws cloudformation deploy`, which prints no JSON. */
  deployTemplate(...args: readonly string[]): Promise<void>;
  /** Runs the pipeline's own command line against the account. */
  pipeline(...args: readonly string[]): Promise<Ended>;
  /** Starts a run with `aws stepfunctions start-execution`, and returns its ARN. */
  start(input: object): Promise<string>;
  describe(arn: string): Promise<Described>;
  /** Waits for the end of a run. */
  ended(arn: string): Promise<Described>;
  /** Waits for the end of a run, and returns its report. Throws if the run did not succeed. */
  succeeded(arn: string): Promise<RunReport>;
}

/** Enough for a first release of 73 images with one build at a time, on a busy machine. */
const LONGEST_RUN_MS = 40 * 60_000;

/** Returns the world, without a stack. `python` has the AWS command line. */
export function createWorld(parts: WorldParts, python: PythonEnvironment): World {
  const { emulator } = parts;
  const env = { PATH: process.env.PATH ?? '', HOME: parts.folder, ...emulator.env };
  const aws = async <Reply>(service: string, operation: string, ...args: readonly string[]): Promise<Reply> => {
    // For SQS, the command line ignores the address in the environment.
    const always = ['--output', 'json', '--endpoint-url', emulator.url];
    const ended = await run(python.program('aws'), [service, operation, ...always, ...args], { env });
    if (ended.exitCode !== 0) throw new SceneFailure(`aws ${service} ${operation}: ${ended.stderr.trim()}`);
    return (ended.stdout.trim() === '' ? {} : JSON.parse(ended.stdout)) as Reply;
  };
  const clients = createClients(emulator);
  const describe = async (executionArn: string) =>
    (await clients.sfn.send(new DescribeExecutionCommand({ executionArn }))) as Described;
  const world: World = {
    ...parts,
    stack: { name: '', outputs: {}, assembly: '', settings: {} },
    clients,
    aws,
    deployTemplate: async (...args) => {
      const { exitCode, stderr } = await run(python.program('aws'), ['cloudformation', 'deploy', ...args], { env });
      if (exitCode !== 0) throw new SceneFailure(`aws cloudformation deploy: ${stderr.trim()}`);
    },
    pipeline: (...args) =>
      run(process.execPath, [join(__dirname, '../bin/pipeline.mjs'), ...args], {
        env: { ...env, PIPELINE_STATE_MACHINE: world.stack.outputs.StateMachineArn ?? '' },
        timeoutMs: LONGEST_RUN_MS,
      }),
    start: async (input) => {
      const args = ['--state-machine-arn', world.stack.outputs.StateMachineArn ?? '', '--input', JSON.stringify(input)];
      return (await aws<{ executionArn: string }>('stepfunctions', 'start-execution', ...args)).executionArn;
    },
    describe,
    ended: async (arn) => {
      await untilEnded(clients.sfn, arn);
      return describe(arn);
    },
    succeeded: async (arn) => {
      const { status, output, error, cause } = await world.ended(arn);
      if (status !== 'SUCCEEDED') throw new SceneFailure(`${runOf(arn)} is ${status}: ${error} ${cause}`);
      return JSON.parse(output ?? '') as RunReport;
    },
  };
  return world;
}

/** Returns the name of the run with this ARN. */
export function runOf(arn: string): string {
  return arn.split(':').at(-1) ?? '';
}

async function untilEnded(sfn: SFNClient, arn: string): Promise<void> {
  const until = Date.now() + LONGEST_RUN_MS;
  while (Date.now() < until) {
    if ((await sfn.send(new DescribeExecutionCommand({ executionArn: arn }))).status !== 'RUNNING') return;
    await sleep(100);
  }
  throw new SceneFailure(`${arn} did not end within ${LONGEST_RUN_MS / 1000} s`);
}

function createClients({ env, url }: Emulator) {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
  const options = { region: env.AWS_REGION ?? '', endpoint: url, credentials };
  return {
    sfn: new SFNClient(options),
    ecr: new ECRClient(options),
    iam: new IAMClient(options),
    lambda: new LambdaClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    dynamo: new DynamoDBClient(options),
  };
}
