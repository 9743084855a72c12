/** Answers for a state that waits for a person, by its task token. */
import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { ApprovalAnswer } from '../../core/approval-contract';
import { ERROR_NAMES } from '../../core/contract';

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
