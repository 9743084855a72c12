/** The states of environments with a registry of their own: it is looked at before anything is built, and gets the images before the commit. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IChainable, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { DeliverRequest, DeliverStep } from '../../core/contract/release';
import { ANY_ERROR, type Ends, fieldsOf, invokeStep, lookAgain, type RequestPaths } from './tasks';

const FIRST: RequestPaths<Pick<DeliverRequest, 'run'>> = { run: '$.run' };

const AGAIN: RequestPaths<Pick<DeliverRequest, 'run' | 'until'>> = { ...FIRST, until: '$.delivery.until' };

/** Returns the state that looks at the registry of the run's environment, linked to what follows. */
export function checkRegistry(scope: Construct, release: IFunction, { after, onError }: Ends): IChainable {
  const phase: Pick<DeliverRequest, 'phase'> = { phase: 'check' };
  const text = {
    name: 'Check the registry',
    comment: 'Looks at the registry of the environment, if it has its own, before anything is built.',
  };
  return invokeStep(scope, text, release, FIRST, { resultPath: JsonPath.DISCARD }, { ...phase })
    .addCatch(onError as never, ANY_ERROR)
    .next(after);
}

/** Returns the first of the states that put the released images into the registry of the environment, linked to what follows. */
export function deliveryStates(scope: Construct, release: IFunction, { after, onError }: Ends): IChainable {
  const output = { resultSelector: fieldsOf<DeliverStep>('next', 'seconds', 'until'), resultPath: '$.delivery' };
  const phase: Pick<DeliverRequest, 'phase'> = { phase: 'deliver' };
  const call = (name: string, comment: string, request: RequestPaths<Omit<DeliverRequest, 'phase' | 'until'>>) =>
    invokeStep(scope, { name, comment }, release, request, output, { ...phase })
      .addRetry(TIMED_OUT)
      .addCatch(onError as never, ANY_ERROR);
  const begin = call(
    'Deliver the images',
    'Copies images into the registry of the environment, if it has its own.',
    FIRST,
  );
  const again = call('Deliver what is left', 'Goes on where the last call ended.', AGAIN);
  const comment = 'Nothing is committed before all images are there.';
  const choice = { name: 'Delivered?', comment, wait: 'Wait for the images' };
  return begin.next(lookAgain(scope, choice, again, '$.delivery', after));
}

/** A copy of large layers that outlasts the function is repeated: layers that are there are skipped. */
const TIMED_OUT = {
  errors: ['Sandbox.Timedout', 'Lambda.Unknown'],
  interval: Duration.seconds(1),
  backoffRate: 1,
  maxAttempts: 3,
};
