/** The states of environments with a registry of their own: it is looked at before anything is built, and gets the images before the commit. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, type IChainable, JsonPath, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { DeliverRequest, DeliverStep } from '../../core/contract/release';
import { invokeStep, type RequestPaths } from './tasks';

const CAUGHT = { errors: ['States.ALL'], resultPath: '$.error' };

const FIRST: RequestPaths<Pick<DeliverRequest, 'run'>> = { run: '$.run' };

const AGAIN: RequestPaths<Pick<DeliverRequest, 'run' | 'until'>> = { ...FIRST, until: '$.delivery.until' };

/** Returns the state that looks at the registry of the run's environment, linked to what follows. */
export function checkRegistry(
  scope: Construct,
  release: IFunction,
  { after, onError }: { readonly after: IChainable; readonly onError: IChainable },
): IChainable {
  const phase: Pick<DeliverRequest, 'phase'> = { phase: 'check' };
  const text = {
    name: 'Check the registry',
    comment: 'Looks at the registry of the environment, if it has its own, before anything is built.',
  };
  return invokeStep(scope, text, release, FIRST, { resultPath: JsonPath.DISCARD }, { ...phase })
    .addCatch(onError as never, CAUGHT)
    .next(after);
}

/** Returns the first of the states that put the released images into the registry of the environment, linked to what follows. */
export function deliveryStates(
  scope: Construct,
  release: IFunction,
  { after, onError }: { readonly after: IChainable; readonly onError: IChainable },
): IChainable {
  const call = (name: string, comment: string, request: RequestPaths<Omit<DeliverRequest, 'phase' | 'until'>>) =>
    deliver(scope, { name, comment }, release, request).addCatch(onError as never, CAUGHT);
  const begin = call(
    'Deliver the images',
    'Copies images into the registry of the environment, if it has its own.',
    FIRST,
  );
  const again = call('Deliver what is left', 'Goes on where the last call ended.', AGAIN);
  const wait = new Wait(scope, 'Wait for the images', {
    comment: 'Waits until the next look. No function runs meanwhile.',
    time: WaitTime.secondsPath('$.delivery.seconds'),
  }).next(again);
  const next = new Choice(scope, 'Delivered?', { comment: 'Nothing is committed before all images are there.' })
    .when(Condition.stringEquals('$.delivery.next', 'wait'), wait)
    .otherwise(after as never);
  again.next(next);
  return begin.next(next);
}

function deliver(
  scope: Construct,
  text: { readonly name: string; readonly comment: string },
  release: IFunction,
  request: RequestPaths<Omit<DeliverRequest, 'phase' | 'until'>>,
): LambdaInvoke {
  const phase: Pick<DeliverRequest, 'phase'> = { phase: 'deliver' };
  const fields: readonly (keyof DeliverStep)[] = ['next', 'seconds', 'until'];
  const resultSelector = Object.fromEntries(fields.map((field) => [`${field}.$`, `$.Payload.${field}`]));
  const output = { resultSelector, resultPath: '$.delivery' };
  return invokeStep(scope, text, release, request, output, { ...phase }).addRetry(TIMED_OUT) as LambdaInvoke;
}

/** A copy of large layers that outlasts the function is repeated: layers that are there are skipped. */
const TIMED_OUT = {
  errors: ['Sandbox.Timedout', 'Lambda.Unknown'],
  interval: Duration.seconds(1),
  backoffRate: 1,
  maxAttempts: 3,
};
