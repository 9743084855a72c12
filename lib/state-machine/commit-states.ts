/** The states of the commit: one push, or a pull request that is looked at until it is merged. A wait costs nothing. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CommitRequest, CommitStep } from '../../core/contract/release';
import { ANY_ERROR, type Ends, fieldsOf, invokeStep, lookAgain, type RequestPaths, type StateText } from './tasks';

/** Returns the first state, linked to all others. `isProposed` is true if commits of any branch go by pull request. */
export function commitStates(
  scope: Construct,
  commit: IFunction,
  isProposed: boolean,
  { after, onError }: Ends,
): IChainable {
  const request: RequestPaths<Pick<CommitRequest, 'run'>> = { run: '$.run' };
  const resultSelector = {
    ...fieldsOf<CommitStep>('commit', 'changes', 'superseded', 'supersededBy'),
    ...(isProposed ? fieldsOf<CommitStep>('next', 'seconds') : {}),
  };
  // Not `$.commit`, which is the source commit.
  const output = { resultSelector, resultPath: '$.moved' };
  const call = (text: StateText, constants: Readonly<Record<string, string>>) =>
    invokeStep(scope, text, commit, request, output, constants).addCatch(onError as never, ANY_ERROR);
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
  const comment = 'A push is done. A pull request is waited for.';
  const choice = { name: 'Committed?', comment, wait: 'Wait for the merge' };
  return update.next(lookAgain(scope, choice, look, '$.moved', after));
}
