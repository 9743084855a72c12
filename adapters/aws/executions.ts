/** Runs of the state machine in AWS. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionListItem,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionLister, ExecutionStarter, ExecutionStatus, KnownRun } from '../../core/ports';

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
