/** The one way in which the state machine calls a step. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { JsonPath, TaskInput, type TaskStateBaseProps, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { LAMBDA_FAULTS } from './retry-policies';

/** Longer than any Lambda function can run (15 minutes), so that a late answer is never taken for a lost one. */
const STEP_LIMIT = Duration.minutes(16);

/** A path for every field of a step's request; the compiler misses none. */
export type RequestPaths<Request> = { readonly [Field in keyof Request]-?: string };

/** Where a step's result goes, below `$.Payload`; and for what else than its answer the state waits, how long. */
export type StepOutput = Pick<
  TaskStateBaseProps,
  'outputPath' | 'resultPath' | 'resultSelector' | 'integrationPattern' | 'taskTimeout'
>;

/** A Task state that calls the function with a request made of the paths. Its id and name are `name`. */
export function invokeStep<Request>(
  scope: Construct,
  name: string,
  lambdaFunction: IFunction,
  request: RequestPaths<Request>,
  output: StepOutput,
): LambdaInvoke {
  const fields = Object.entries<string>(request).map(([field, path]) => [field, JsonPath.stringAt(path)]);
  const task = new LambdaInvoke(scope, name, {
    lambdaFunction,
    payload: TaskInput.fromObject(Object.fromEntries(fields)),
    taskTimeout: Timeout.duration(STEP_LIMIT),
    retryOnServiceExceptions: false,
    ...output,
  });
  task.addRetry(LAMBDA_FAULTS);
  return task;
}
