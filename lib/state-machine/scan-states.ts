/** The states of the scan: the scanner is asked until it knows every image. A wait costs nothing, so that no function waits for a scan. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { ScanRequest, ScanStep } from '../../core/contract/scan/scan';
import { ANY_ERROR, type Ends, fieldsOf, invokeStep, lookAgain, type RequestPaths } from './tasks';

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
  const output = { resultSelector: fieldsOf<ScanStep>('next', 'seconds'), resultPath: '$.scan' };
  const look = invokeStep(scope, text, scan, request, output).addCatch(onError as never, ANY_ERROR);
  const choice = {
    name: 'Scanned?',
    comment: 'Goes on once the scanner knows every image.',
    wait: 'Wait for the scan',
  };
  lookAgain(scope, choice, look, '$.scan', after);
  return look;
}
