/** Runs of the state machine in AWS. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionListItem,
  ListExecutionsCommand,
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

/** Lists runs of one state machine. */
export function createExecutionLister(client: SFNClient, stateMachineArn: string): ExecutionLister {
  return {
    recent: async () => {
      const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }));
      return executions.map(knownRun);
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
