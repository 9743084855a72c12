/** Runs of the state machine in AWS. */

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

/**
 * Starts and finds runs of one state machine. Step Functions takes a name once in 90 days; the same name with the same input
 * while the run is open is answered as if it had been started just now:
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

/** Step Functions lists no more at a time. */
const PER_PAGE = 1000;

/** Lists runs of one state machine: those of the last 90 days. */
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

// Answers for a state that waits for a person, by its task token.

/** Gives the answer. False if nobody waits for it any more: it was answered, its time is over, or its run was stopped. */
export async function sendAnswer(
  client: Pick<SFNClient, 'send'>,
  taskToken: string,
  { approved, reason }: ApprovalAnswer,
): Promise<boolean> {
  const refusal = 'the run was rejected; no version was given and no values file was changed';
  const cause = reason === undefined ? refusal : `${refusal}: ${reason}`;
  try {
    if (approved) await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    else await client.send(new SendTaskFailureCommand({ taskToken, error: ERROR_NAMES.notApproved, cause }));
    return true;
  } catch (error) {
    const isOver = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some((kind) => error instanceof kind);
    if (isOver) return false;
    throw error;
  }
}

// Hands a pull request to the preview function, without waiting for what it makes of it.

/** Starts the function with that name or ARN. Lambda repeats an event that failed twice. */
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
