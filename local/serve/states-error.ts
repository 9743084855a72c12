/** Errors of the Step Functions endpoint, by the names that AWS gives them. */

/** https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html and each operation's own. */
export type StatesErrorName =
  | 'ExecutionAlreadyExists'
  | 'ExecutionDoesNotExist'
  | 'ExecutionNotRedrivable'
  | 'InvalidArn'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidToken'
  | 'SerializationException'
  | 'StateMachineDoesNotExist'
  | 'UnknownOperationException'
  | 'ValidationException';

/** A request was refused; nothing was changed. */
export class StatesError extends Error {
  constructor(name: StatesErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
