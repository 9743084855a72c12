/** Runs each case on the local runtime and on the emulator's interpreter, and compares both with the specification. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { ACCOUNT, type Emulator, REGION } from '../emulator/emulator';
import type { PythonEnvironment } from '../emulator/python';
import { run } from '../processes';
import { runExecution, type StateEvent } from '../product';
import { type Case, ITEMS_BUCKET, ITEMS_KEY, type Outcome, TASK_FUNCTION } from './cases/case';
import { DATA_CASES } from './cases/data';
import { MAP_CASES } from './cases/maps';
import { TASK_CASES } from './cases/tasks';

const TASK_FILE = join(__dirname, 'task.cjs');

/** State machines, each with the outcome that the Amazon States Language specifies: https://states-language.net/spec.html. */
export const CASES: readonly Case[] = [...TASK_CASES, ...MAP_CASES, ...DATA_CASES];

/** The outcomes of a case on both interpreters. */
export interface Compared {
  readonly name: string;
  readonly spec: Outcome;
  readonly local: Outcome;
  readonly emulator: Outcome;
  /** Outcomes that are neither specified nor known differences, one sentence each. */
  readonly problems: readonly string[];
  /** The reasons of known differences. */
  readonly known: readonly string[];
}

/** Compares all cases. The emulator needs no deployed stack. Files are written into the folder. */
export async function compareInterpreters(
  emulator: Emulator,
  python: PythonEnvironment,
  folder: string,
): Promise<readonly Compared[]> {
  const stage = await prepareStage(emulator, python, folder);
  const compared: Compared[] = [];
  for (const [index, each] of CASES.entries()) {
    const local = await runLocally(each);
    const emulated = await runEmulated(each, index, stage);
    const problems = [...judge('local', each, local), ...judge('emulator', each, emulated)];
    const known = Object.values(each.differs ?? {}).map(({ reason }) => reason);
    compared.push({ name: each.name, spec: each.spec, local, emulator: emulated, problems, known });
  }
  return compared;
}

/** Returns a problem if the outcome is neither specified nor a known difference. */
export function judge(interpreter: 'local' | 'emulator', { spec, differs }: Case, outcome: Outcome): readonly string[] {
  const wanted = differs?.[interpreter]?.outcome ?? spec;
  if (isDeepStrictEqual(outcome, wanted)) return [];
  return [`${interpreter}: ${JSON.stringify(outcome)}, expected ${JSON.stringify(wanted)}`];
}

/** Returns the outcome of a case on the local runtime. */
export async function runLocally({ states, input = {}, stored, redriven }: Case): Promise<Outcome> {
  const { handler } = require(TASK_FILE) as { handler: (payload: unknown) => Promise<unknown> };
  let entered: { readonly state: string; readonly input: unknown } | undefined;
  const execution = {
    name: 'case',
    input,
    definition: { StartAt: Object.keys(states)[0], States: states },
    handlers: {
      functions: new Map([['task', handler]]),
      codeBuild: () => Promise.reject(new Error('no case builds')),
      readItems: async () => stored,
      answer,
    },
    onEvent: ({ state, type }: StateEvent) => {
      if (type === 'StateEntered' && state !== undefined) entered = { state: state.name, input: state.input };
    },
  };
  let ended = await runExecution(execution);
  if (redriven === true && ended.status === 'FAILED' && entered !== undefined) {
    const redrive = { ...entered, count: 1 };
    ended = await runExecution({ ...execution, redrive }).catch((error: Error) => ({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: error.message,
    }));
  }
  if (ended.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: ended.output };
  return { status: 'FAILED', error: ended.error };
}

/** Answers a task token as the request says. Without an answer in it, none comes before the state times out. */
async function answer(payload: unknown): Promise<unknown> {
  const wanted = (payload as { answer?: { output?: unknown; error?: string } }).answer;
  if (wanted === undefined) return new Promise((resolve) => setTimeout(resolve, 3_000).unref());
  if (wanted.error === undefined) return wanted.output;
  const refusal = new Error('refused');
  refusal.name = wanted.error;
  throw refusal;
}

interface Stage {
  readonly sfn: SFNClient;
  readonly s3: S3Client;
  readonly role: string;
  readonly functionArn: string;
}

async function runEmulated(
  { states, input = {}, stored, redriven }: Case,
  index: number,
  stage: Stage,
): Promise<Outcome> {
  const { sfn, s3, role, functionArn } = stage;
  if (stored !== undefined) {
    const Body = JSON.stringify(stored);
    await s3.send(new PutObjectCommand({ Bucket: ITEMS_BUCKET, Key: ITEMS_KEY, Body }));
  }
  const text = JSON.stringify({ StartAt: Object.keys(states)[0], States: states });
  const definition = text.replaceAll(TASK_FUNCTION, functionArn);
  const machine = await sfn.send(new CreateStateMachineCommand({ name: `case-${index}`, definition, roleArn: role }));
  const started = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: machine.stateMachineArn, input: JSON.stringify(input) }),
  );
  let toRedrive = redriven === true;
  for (;;) {
    const { executionArn } = started;
    const { status, output, error } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') return { status, output: JSON.parse(output ?? 'null') };
    if (status === 'FAILED' && toRedrive) await sfn.send(new RedriveExecutionCommand({ executionArn }));
    else if (status !== 'RUNNING') return { status: 'FAILED', error: error ?? '' };
    if (status === 'FAILED') toRedrive = false;
    await sleep(50);
  }
}

/** Creates a role that may do everything, the function of the tasks, and a bucket for items. */
async function prepareStage(emulator: Emulator, python: PythonEnvironment, folder: string): Promise<Stage> {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };
  const options = { region: REGION, endpoint: emulator.url, credentials };
  const [iam, sfn] = [new IAMClient(options), new SFNClient(options)];
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const RoleName = 'cases';
  const services = ['lambda.amazonaws.com', 'states.amazonaws.com'];
  const trust = { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [all] });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument }));
  await s3.send(
    new CreateBucketCommand({ Bucket: ITEMS_BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  const zip = join(folder, 'task.zip');
  await writeFile(zip, zipSync({ 'index.js': new Uint8Array(await readFile(TASK_FILE)) }));
  const role = Role?.Arn ?? '';
  const create = 'lambda create-function --function-name task --runtime nodejs24.x --handler index.handler'.split(' ');
  const created = await run(
    python.program('aws'),
    [...create, '--role', role, '--zip-file', `fileb://${zip}`, '--timeout', '30', '--output', 'json'],
    { env: { PATH: process.env.PATH, HOME: folder, ...emulator.env } },
  );
  if (created.exitCode !== 0) throw new Error(`the function of the tasks cannot be created: ${created.stderr.trim()}`);
  return { sfn, s3, role, functionArn: (JSON.parse(created.stdout) as { FunctionArn: string }).FunctionArn };
}
