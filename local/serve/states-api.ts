/** The Step Functions API on one machine: the reply of each operation. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../adapters/clock';
import { messageOf } from '../../core/contract/errors';
import type { Approval } from '../../core/contract/release';
import type { ObjectStore } from '../../core/ports/store';
import { readApproval } from '../../core/report/approval';
import { openApproval, storeAnswer } from '../runtime/local-services';
import {
  type ExecutionRecord,
  executionArn,
  historyEvent,
  isExecutionName,
  LOCAL_ROLE,
  STATE_MACHINE_ARN,
} from './execution-store';
import type { Executions } from './executions';
import * as requests from './states-requests';

/** The state machine of the home. `createdAt` is in ms since 1970. */
interface StateMachineFacts {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

/** Values that are undefined are left out of the JSON. */
type Reply = Readonly<Record<string, unknown>>;

type Operation = (body: unknown) => Promise<Reply>;

const { readRequest, checkStateMachine, checkExecution, executionName, noExecution, StatesError } = requests;

const NAME = STATE_MACHINE_ARN.split(':').at(-1);

const INCLUDED = { included: true };

/** Returns a function that returns an operation by its name. Throws `StatesError`. */
export function createStatesApi(
  executions: Executions,
  machine: StateMachineFacts,
  store: ObjectStore,
): (name: string) => Operation {
  const operations = new Map<string, Operation>([
    ['StartExecution', (body) => startExecution(body, executions)],
    ['RedriveExecution', (body) => redriveExecution(body, executions)],
    ['StopExecution', (body) => stopExecution(body, executions)],
    ['DescribeExecution', (body) => describeExecution(body, executions)],
    ['ListExecutions', (body) => listExecutions(body, executions)],
    ['GetExecutionHistory', (body) => getExecutionHistory(body, executions)],
    ['SendTaskSuccess', (body) => sendTaskSuccess(body, store)],
    ['SendTaskFailure', (body) => sendTaskFailure(body, store)],
    ['DescribeStateMachine', (body) => describeStateMachine(body, machine)],
    ['ListStateMachines', (body) => listStateMachines(body, machine)],
  ]);
  return (name) => {
    const operation = operations.get(name);
    if (operation !== undefined) return operation;
    const known = [...operations.keys()].join(', ');
    throw new StatesError('UnknownOperationException', `'${name}' is not supported here; there are ${known}`);
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
async function startExecution(body: unknown, executions: Executions): Promise<Reply> {
  const { stateMachineArn, name = randomUUID(), input } = readRequest(requests.StartExecution, body);
  checkStateMachine(stateMachineArn);
  checkExecution(name, input);
  const record = await executions.start(name, input);
  if (record === 'taken') {
    throw new StatesError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn(name)}'`);
  }
  return { executionArn: executionArn(name), startDate: seconds(record.startedAt) };
}

/** Unlike in AWS, a stopped run is planned again, and does not continue in its last state. */
async function redriveExecution(body: unknown, executions: Executions): Promise<Reply> {
  const { executionArn: arn } = readRequest(requests.RedriveExecution, body);
  const { name, status } = findExecution(arn, executions);
  if ((await executions.redrive(name)) === undefined) {
    throw new StatesError('ExecutionNotRedrivable', `Execution Not Redrivable: '${arn}' is ${status}`);
  }
  return { redriveDate: seconds(systemClock.now()) };
}

async function stopExecution(body: unknown, executions: Executions): Promise<Reply> {
  const { executionArn: arn, error, cause } = readRequest(requests.StopExecution, body);
  const record = await executions.stop(executionName(arn), { error, cause });
  if (record === undefined) throw noExecution(arn);
  return { stopDate: seconds(record.stoppedAt ?? record.startedAt) };
}

async function describeExecution(body: unknown, executions: Executions): Promise<Reply> {
  const { input, output, error, cause, ...record } = findExecution(
    readRequest(requests.DescribeExecution, body).executionArn,
    executions,
  );
  return {
    ...summaryOf(record),
    input,
    inputDetails: INCLUDED,
    ...(output === undefined ? {} : { output, outputDetails: INCLUDED }),
    error,
    cause,
  };
}

async function listExecutions(body: unknown, executions: Executions): Promise<Reply> {
  const { stateMachineArn, statusFilter, ...paging } = readRequest(requests.ListExecutions, body);
  checkStateMachine(stateMachineArn);
  const found = executions.list().filter(({ status }) => statusFilter === undefined || status === statusFilter);
  const { page, nextToken } = pageOf(found, paging, ({ name }) => name);
  return { executions: page.map(summaryOf), nextToken };
}

async function getExecutionHistory(body: unknown, executions: Executions): Promise<Reply> {
  const {
    executionArn: arn,
    reverseOrder,
    includeExecutionData,
    ...paging
  } = readRequest(requests.GetExecutionHistory, body);
  const { name } = findExecution(arn, executions);
  const entries = (await executions.history(name)).map((entry, index) => ({ entry, id: index + 1 }));
  const { page, nextToken } = pageOf(reverseOrder ? entries.reverse() : entries, paging, ({ id }) => String(id));
  const events = page.map(({ entry, id }) => historyEvent(entry, id, includeExecutionData));
  return { events, nextToken };
}

async function sendTaskSuccess(body: unknown, store: ObjectStore): Promise<Reply> {
  const { taskToken, output } = readRequest(requests.SendTaskSuccess, body);
  const given = readApproval(parseOutput(output));
  await storeAnswer(await waitingFor(taskToken, store), { approved: true, ...given }, store);
  return {};
}

async function sendTaskFailure(body: unknown, store: ObjectStore): Promise<Reply> {
  const { taskToken, cause } = readRequest(requests.SendTaskFailure, body);
  await storeAnswer(await waitingFor(taskToken, store), { approved: false, reason: cause }, store);
  return {};
}

function parseOutput(output: string): unknown {
  try {
    return JSON.parse(output) as unknown;
  } catch (error) {
    throw new StatesError('InvalidOutput', `Invalid Output: '${messageOf(error)}'`);
  }
}

/** Returns the open question of the token. Throws `TaskTimedOut`, as Step Functions does for a state that no longer waits. */
async function waitingFor(taskToken: string, store: ObjectStore): Promise<Approval> {
  const run = taskToken.replace(/^local:/, '');
  const approval = isExecutionName(run) ? await openApproval(run, store, systemClock.now()) : undefined;
  if (approval?.token === taskToken) return approval;
  throw new StatesError('TaskTimedOut', "Task Timed Out: 'no run waits with this token'");
}

async function describeStateMachine(body: unknown, machine: StateMachineFacts): Promise<Reply> {
  checkStateMachine(readRequest(requests.DescribeStateMachine, body).stateMachineArn);
  return {
    ...machineSummary(machine),
    status: 'ACTIVE',
    definition: JSON.stringify(machine.definition),
    roleArn: LOCAL_ROLE,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
}

async function listStateMachines(body: unknown, machine: StateMachineFacts): Promise<Reply> {
  readRequest(requests.ListStateMachines, body);
  return { stateMachines: [machineSummary(machine)] };
}

function findExecution(arn: string, executions: Executions): ExecutionRecord {
  const record = executions.find(executionName(arn));
  if (record === undefined) throw noExecution(arn);
  return record;
}

function summaryOf({ name, status, startedAt, stoppedAt, redrives = 0 }: Omit<ExecutionRecord, 'input'>): Reply {
  const isRedrivable = status === 'FAILED' || status === 'ABORTED';
  return {
    executionArn: executionArn(name),
    stateMachineArn: STATE_MACHINE_ARN,
    name,
    status,
    startDate: seconds(startedAt),
    stopDate: stoppedAt === undefined ? undefined : seconds(stoppedAt),
    redriveCount: redrives,
    redriveStatus: isRedrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(isRedrivable ? {} : { redriveStatusReason: `Execution is ${status} and cannot be redriven` }),
  };
}

function machineSummary({ createdAt }: StateMachineFacts): Reply {
  return { stateMachineArn: STATE_MACHINE_ARN, name: NAME, type: 'STANDARD', creationDate: seconds(createdAt) };
}

/** Times of the protocol are seconds since 1970, with fractions. */
function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

interface PageRequest {
  /** 0 means the default, 100. */
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

const USUAL_PAGE = 100;

/**
 * Returns a page of the items behind the one that the token names. `keyOf` identifies an item, so that a page stays right when items are
 * added before it. Throws `InvalidToken`.
 */
function pageOf<Item>(
  items: readonly Item[],
  { maxResults = 0, nextToken }: PageRequest,
  keyOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const start = nextToken === undefined ? 0 : indexBehind(items, nextToken, keyOf);
  const end = start + (maxResults === 0 ? USUAL_PAGE : maxResults);
  const page = items.slice(start, end);
  const last = page.at(-1);
  if (last === undefined || end >= items.length) return { page };
  return { page, nextToken: Buffer.from(keyOf(last)).toString('base64url') };
}

function indexBehind<Item>(items: readonly Item[], token: string, keyOf: (item: Item) => string): number {
  const key = Buffer.from(token, 'base64url').toString();
  const index = items.findIndex((item) => keyOf(item) === key);
  if (index < 0) throw new StatesError('InvalidToken', `Invalid Token: '${token}'`);
  return index + 1;
}
