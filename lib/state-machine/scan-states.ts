/** The states of the scan: the scanner is asked until it knows every image. A wait costs nothing, so that no function waits for a scan. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { ScanRequest, ScanStep } from '../../core/contract/scan/scan';
import { invokeStep, type RequestPaths } from './tasks';

/** The states that a scan leads to. */
interface Ends {
  readonly after: IChainable;
  readonly onError: IChainable;
}

/** Returns the first state, linked to all others. */
export function scanStates(scope: Construct, scan: IFunction, { after, onError }: Ends): IChainable {
  const request: RequestPaths<ScanRequest> = {
    run: '$.run',
    redrives: '$$.Execution.RedriveCount',
    builds: '$.builds',
  };
  const text = {
    name: 'Scan the images',
    comment: 'Fails the run before any version if an image has vulnerabilities that reach the severity.',
  };
  const fields: readonly (keyof ScanStep)[] = ['next', 'seconds'];
  const look = invokeStep(scope, text, scan, request, {
    resultSelector: Object.fromEntries(fields.map((field) => [`${field}.$`, `$.Payload.${field}`])),
    resultPath: '$.scan',
  }).addCatch(onError as never, { errors: ['States.ALL'], resultPath: '$.error' });
  const wait = new Wait(scope, 'Wait for the scan', {
    comment: 'Waits until the next look. No function runs meanwhile.',
    time: WaitTime.secondsPath('$.scan.seconds'),
  }).next(look);
  const next = new Choice(scope, 'Scanned?', { comment: 'Goes on once the scanner knows every image.' })
    .when(Condition.stringEquals('$.scan.next', 'wait'), wait)
    .otherwise(after as never);
  look.next(next);
  return look;
}
