/** The states of the commit: one push, or a pull request that is looked at until it is merged. A wait costs nothing. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { CommitRequest } from '../../core/contract/release';
import { invokeStep, type RequestPaths, type StateText } from './tasks';

/** The states that a commit leads to. */
interface Ends {
  readonly after: IChainable;
  readonly onError: IChainable;
}

/** Returns the first state, linked to all others. `isProposed` is true if commits of any branch go by pull request. */
export function commitStates(
  scope: Construct,
  commit: IFunction,
  isProposed: boolean,
  { after, onError }: Ends,
): IChainable {
  const call = (text: StateText, constants: Readonly<Record<string, string>>) =>
    callCommit(scope, text, commit, isProposed, constants).addCatch(onError as never, {
      errors: ['States.ALL'],
      resultPath: '$.error',
    });
  const update = call(
    { name: 'Update the values file', comment: 'Commits values file, version lock and version table together.' },
    {},
  );
  if (!isProposed) return update.next(after);
  const phase: Required<Pick<CommitRequest, 'phase'>> = { phase: 'merge' };
  const look = call(
    { name: 'Look at the pull request', comment: 'Goes on once it is merged. Replaces it if the branch has changed.' },
    phase,
  );
  const wait = new Wait(scope, 'Wait for the merge', {
    comment: 'Waits until the next look. No function runs meanwhile.',
    time: WaitTime.secondsPath('$.moved.seconds'),
  }).next(look);
  const next = new Choice(scope, 'Committed?', { comment: 'A push is done. A pull request is waited for.' })
    .when(Condition.stringEquals('$.moved.next', 'wait'), wait)
    .otherwise(after as never);
  look.next(next);
  return update.next(next);
}

/** The result is `$.moved`, because `$.commit` is the source commit elsewhere. */
function callCommit(
  scope: Construct,
  text: StateText,
  commit: IFunction,
  isProposed: boolean,
  constants: Readonly<Record<string, string>>,
): LambdaInvoke {
  const request: RequestPaths<Pick<CommitRequest, 'run'>> = { run: '$.run' };
  const fields = ['commit', 'changes', 'superseded', 'supersededBy', ...(isProposed ? ['next', 'seconds'] : [])];
  const selected = fields.map((field) => [`${field}.$`, `$.Payload.${field}`]);
  const output = { resultSelector: Object.fromEntries(selected), resultPath: '$.moved' };
  return invokeStep(scope, text, commit, request, output, constants);
}
