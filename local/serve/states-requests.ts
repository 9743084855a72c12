/** Schemas of the supported requests of the Step Functions API, and its errors. */
import * as z from 'zod';
import { messageOf } from '../../core/contract/errors';
import { isTooDeep, MAX_LEVELS } from '../../core/text/json';
import { isExecutionName, nameInArn, STATE_MACHINE_ARN } from './execution-store';

/** Hard limit of Step Functions for an execution's input, in characters. */
const LONGEST_INPUT = 262_144;

const arn = z.string().min(1).max(256);

const paging = { maxResults: z.int().min(0).max(1000).optional(), nextToken: z.string().max(1024).optional() };

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;

/** Other fields have no effect on one machine (trace headers, filters for redriven runs). */
export const StartExecution = z.object({
  stateMachineArn: arn,
  name: z.string().min(1).max(80).optional(),
  input: z.string().max(LONGEST_INPUT).default('{}'),
});

export const DescribeExecution = z.object({ executionArn: arn });

export const RedriveExecution = z.object({ executionArn: arn });

export const StopExecution = z.object({
  executionArn: arn,
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});

export const GetExecutionHistory = z.object({
  executionArn: arn,
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
  ...paging,
});

export const ListExecutions = z.object({ stateMachineArn: arn, statusFilter: z.enum(STATUSES).optional(), ...paging });

const token = z.string().min(1).max(2048);

export const SendTaskSuccess = z.object({ taskToken: token, output: z.string().max(LONGEST_INPUT) });

export const SendTaskFailure = z.object({
  taskToken: token,
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});

export const DescribeStateMachine = z.object({ stateMachineArn: arn });

export const ListStateMachines = z.object(paging);

/** Returns the request with its defaults. Throws `ValidationException` with all problems. */
export function readRequest<Shape>(schema: z.ZodType<Shape>, body: unknown): Shape {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  throw new StatesError('ValidationException', `${count} detected: ${problems.join('; ')}`);
}

/** Throws `InvalidArn` or `StateMachineDoesNotExist` for anything but the one state machine of this home. */
export function checkStateMachine(given: string): void {
  if (given === STATE_MACHINE_ARN) return;
  refuseNoArn(given, 'stateMachine');
  throw new StatesError(
    'StateMachineDoesNotExist',
    `State Machine Does Not Exist: '${given}'; the only one is ${STATE_MACHINE_ARN}`,
  );
}

/** Returns the name in an execution's ARN. Throws `InvalidArn` or `ExecutionDoesNotExist`. */
export function executionName(given: string): string {
  const name = nameInArn(given);
  if (name !== undefined) return name;
  refuseNoArn(given, 'execution');
  throw noExecution(given);
}

/** Returns the error for an unknown execution. */
export function noExecution(given: string): StatesError {
  return new StatesError('ExecutionDoesNotExist', `Execution Does Not Exist: '${given}'`);
}

/** Throws `InvalidName` or `InvalidExecutionInput`. */
export function checkExecution(name: string, input: string): void {
  if (!isExecutionName(name)) throw new StatesError('InvalidName', `Invalid Name: '${name}'`);
  const problem = inputProblem(input);
  if (problem === undefined) return;
  throw new StatesError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${problem}'`);
}

/** Step Functions names no limit of depth; the interpreter has one, which is its stack. */
function inputProblem(input: string): string | undefined {
  try {
    return isTooDeep(JSON.parse(input)) ? `nests deeper than ${MAX_LEVELS} levels` : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function refuseNoArn(given: string, kind: 'stateMachine' | 'execution'): void {
  if (new RegExp(`^arn:aws[\\w-]*:states:[\\w-]+:\\d{12}:${kind}:.+$`).test(given)) return;
  throw new StatesError(
    'InvalidArn',
    `Invalid Arn: '${given}' is not the ARN of ${kind === 'execution' ? 'an execution' : 'a state machine'}`,
  );
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html and each operation's own. */
export type StatesErrorName =
  | 'ExecutionAlreadyExists'
  | 'ExecutionDoesNotExist'
  | 'ExecutionNotRedrivable'
  | 'InvalidArn'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidOutput'
  | 'InvalidToken'
  | 'SerializationException'
  | 'StateMachineDoesNotExist'
  | 'TaskTimedOut'
  | 'UnknownOperationException'
  | 'ValidationException';

/** A refused request, which changed nothing. `name` is the name of AWS. */
export class StatesError extends Error {
  constructor(name: StatesErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
