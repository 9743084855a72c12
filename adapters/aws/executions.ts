/** Starts, finds and lists runs of the state machine in AWS, and answers for waiting ones. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionListItem,
  InvalidToken,
  paginateListExecutions,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { ERROR_NAMES } from '../../core/contract/errors';
import type { ApprovalAnswer } from '../../core/contract/release';
import type {
  ExecutionLister,
  ExecutionStarter,
  ExecutionStatus,
  KnownRun,
  PreviewStarter,
} from '../../core/ports/runs';
import { approvalOutput, rejectionText } from '../../core/report/approval';

/**
 * Starts and finds runs of one state machine. Step Functions accepts a name once in 90 days. For a name and input of an open run it replies
 * as if the run had just started:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function createExecutionStarter(client: SFNClient, stateMachineArn: string): ExecutionStarter {
  return {
    start: async ({ name, input }) => {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
        return 'started';
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return 'already';
        throw error;
      }
    },
    find: async (name) => {
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      try {
        return knownRun({ ...(await client.send(new DescribeExecutionCommand({ executionArn }))), name });
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
  };
}

/** The most runs in one reply of Step Functions. */
const PER_PAGE = 1000;

/** Lists the runs of one state machine in the last 90 days. */
export function createExecutionLister(client: SFNClient, stateMachineArn: string): ExecutionLister {
  return {
    pages: async function* () {
      const paging = { client, pageSize: PER_PAGE };
      for await (const { executions = [] } of paginateListExecutions(paging, { stateMachineArn })) {
        yield executions.map(knownRun);
      }
    },
  };
}

function knownRun({
  name = '',
  status,
  startDate,
}: Pick<ExecutionListItem, 'name' | 'status' | 'startDate'>): KnownRun {
  return { name, status: statusOf(status), startedAt: startDate?.getTime() ?? 0 };
}

function statusOf(status: string | undefined): ExecutionStatus {
  if (status === 'SUCCEEDED') return 'SUCCEEDED';
  return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'RUNNING' : 'FAILED';
}

/**
 * Answers for a state that waits for a person, by its task token. Returns false if it no longer waits: it was answered, has timed out, or its
 * run was stopped.
 */
export async function sendAnswer(
  client: Pick<SFNClient, 'send'>,
  taskToken: string,
  { approved, ...answer }: ApprovalAnswer,
): Promise<boolean> {
  const output = JSON.stringify(approvalOutput(answer));
  const cause = rejectionText(answer);
  try {
    if (approved) await client.send(new SendTaskSuccessCommand({ taskToken, output }));
    else await client.send(new SendTaskFailureCommand({ taskToken, error: ERROR_NAMES.notApproved, cause }));
    return true;
  } catch (error) {
    const isOver = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some((kind) => error instanceof kind);
    if (isOver) return false;
    throw error;
  }
}

/** Starts the preview function with that name or ARN, without waiting for its result. Lambda retries a failed event twice. */
export function createPreviewStarter(client: LambdaClient, functionName: string): PreviewStarter {
  return {
    start: async (request) => {
      const payload = {
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify(request),
      } as const;
      await client.send(new InvokeCommand(payload));
    },
  };
}
