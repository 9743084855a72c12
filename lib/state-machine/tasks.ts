/** The two kinds of Task states: a call of a step's function, and a build. Also which of their errors are retried. */
import { Aws, Duration } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  CustomState,
  type IChainable,
  JitterType,
  JsonPath,
  type RetryProps,
  TaskInput,
  type TaskStateBase,
  type TaskStateBaseProps,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { QUEUE_HOURS, START_RETRY_HOURS } from '../../core/contract/job';

/** Longer than any Lambda function can run (15 minutes), so that a late answer is never mistaken for a lost one. */
const STEP_LIMIT = Duration.minutes(16);

/** The states that a part of the definition leads to. */
export interface Ends {
  readonly after: IChainable;
  readonly onError: IChainable;
}

/** Any error, which becomes part of the run's data. */
export const ANY_ERROR = { errors: ['States.ALL'], resultPath: '$.error' };

/** A path for every field of a step's request. The compiler reports a missing one. */
export type RequestPaths<Request> = { readonly [Field in keyof Request]-?: string };

/** The texts of a state: its name, which is also its construct id, and a sentence about it. */
export interface StateText {
  readonly name: string;
  readonly comment: string;
}

/** The path of the function's result (which is in `$.Payload`), and the limit for a state that waits for more than the result. */
type StepOutput = Pick<
  TaskStateBaseProps,
  'outputPath' | 'resultPath' | 'resultSelector' | 'integrationPattern' | 'taskTimeout'
>;

/** Returns a Task that calls the function with a request made of the paths, and of constants. */
export function invokeStep<Request>(
  scope: Construct,
  { name, comment }: StateText,
  lambdaFunction: IFunction,
  request: RequestPaths<Request>,
  output: StepOutput,
  constants: Readonly<Record<string, string>> = {},
): LambdaInvoke {
  const fields = Object.entries<string>(request).map(([field, path]) => [field, JsonPath.stringAt(path)]);
  const task = new LambdaInvoke(scope, name, {
    comment,
    lambdaFunction,
    payload: TaskInput.fromObject({ ...Object.fromEntries(fields), ...constants }),
    taskTimeout: Timeout.duration(STEP_LIMIT),
    retryOnServiceExceptions: false,
    ...output,
  });
  task.addRetry(LAMBDA_FAULTS);
  return task;
}

/** Returns a selector of these fields of a function's result, by their own names. */
export function fieldsOf<Result>(...fields: readonly (keyof Result & string)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map((field) => [`${field}.$`, `$.Payload.${field}`]));
}

/**
 * Returns the choice after `look`, which it links to: while `next` of the result at `path` is `wait`, it waits for `seconds` and looks again.
 * Otherwise the run goes on.
 */
export function lookAgain(
  scope: Construct,
  { name, comment, wait }: StateText & { readonly wait: string },
  look: TaskStateBase,
  path: string,
  after: IChainable,
): Choice {
  const waiting = new Wait(scope, wait, {
    comment: 'Waits until the next look. No function runs meanwhile.',
    time: WaitTime.secondsPath(`${path}.seconds`),
  }).next(look);
  const next = new Choice(scope, name, { comment })
    .when(Condition.stringEquals(`${path}.next`, 'wait'), waiting)
    .otherwise(after as never);
  look.next(next);
  return next;
}

/**
 * Faults of Lambda itself. An error of a step is not retried, because the same input gives the same error.
 * Step Functions cannot know whether the function ran before such a fault, so every step must tolerate a second run.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
const LAMBDA_FAULTS: RetryProps = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
  ],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 6,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/** A backstop, with an hour to spare: CodeBuild itself ends a job after its own limit of at most 36 hours, and its time in the queue. */
export const JOB_LIMIT = Duration.hours(QUEUE_HOURS + 36 + 1);

/**
 * CodeBuild answers a repeated token with the same build for five minutes. This is right after a lost answer, but wrong after a machine fault
 * and after a redrive. The token therefore contains the attempt, and the counts of redrives at the plan and now. It has at most 64 characters.
 */
const TOKEN =
  "States.Hash(States.Format('{} {} {} {} {}', $.run, $.service, $.attempt, $.redrives, $$.Execution.RedriveCount), 'SHA-256')";

/** Replaces the project's machine by the one that the job asks for. */
export const OWN_MACHINE = {
  'ComputeTypeOverride.$': '$.machine.computeType',
  'EnvironmentTypeOverride.$': '$.machine.environmentType',
  'ImageOverride.$': '$.machine.environmentImage',
};

/** The same with reserved capacity. An empty override is that of a machine without a fleet: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectFleet.html */
export const OWN_MACHINE_OR_FLEET = { ...OWN_MACHINE, 'FleetOverride.$': '$.machine.fleet' };

interface StartBuildProps {
  readonly project: IProject;
  /** Fields of the job, with the environment variable that each becomes. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the job says of its machine; undefined for the project's. */
  readonly machine?: Readonly<Record<string, string>>;
}

/**
 * Returns a Task that runs one job and waits for its end. It reads the job from the state, and adds CodeBuild's description of the build.
 * It is written as JSON, because CDK's class has no source, idempotency token, machine or time limit.
 */
export function startBuild(
  scope: Construct,
  { name, comment }: StateText,
  { project, variables, machine }: StartBuildProps,
): CustomState {
  const task = new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Comment: comment,
      Resource: `arn:${Aws.PARTITION}:states:::codebuild:startBuild.sync`,
      Parameters: {
        ProjectName: project.projectName,
        'IdempotencyToken.$': TOKEN,
        // The folder contains one archive. CodeBuild unpacks only ZIP files itself, which keep neither modes nor links.
        SourceTypeOverride: 'S3',
        'SourceLocationOverride.$': '$.source',
        'TimeoutInMinutesOverride.$': '$.timeoutMinutes',
        ...machine,
        // The type never comes from data: with SECRETS_MANAGER, a value could read secrets with the build's role.
        EnvironmentVariablesOverride: Object.entries(variables).map(([field, variable]) => ({
          Name: variable,
          Type: 'PLAINTEXT',
          'Value.$': `$.${field}`,
        })),
      },
      // The next step keeps the times of the build. The job's outcome, which is all that the run's data gets, leaves it out.
      ResultPath: '$.build',
      TimeoutSeconds: JOB_LIMIT.toSeconds(),
    },
  });
  return retryStarts(task);
}

/** Lets a task that starts a build try again as long as CodeBuild did not start it. */
export function retryStarts(task: CustomState): CustomState {
  return task.addRetry(QUEUE_IS_FULL).addRetry(BUILD_NOT_STARTED);
}

/**
 * CodeBuild refuses a start if its queue is full, which is normal in an account that runs few builds at a time. The job tries again for
 * `START_RETRY_HOURS` on average (150 waits of 15 minutes), until its turn comes. A full queue takes longer than half an hour to run. Each attempt has three events, so that 40 waiting jobs stay
 * below 25,000 events in two days, the most that an execution may have.
 */
const QUEUE_IS_FULL: RetryProps = {
  errors: ['CodeBuild.AccountLimitExceededException'],
  interval: Duration.seconds(30),
  backoffRate: 2,
  maxAttempts: 150,
  maxDelay: Duration.minutes(30),
  jitterStrategy: JitterType.FULL,
};

/** The longest time that a refused job keeps trying. Waits are random, so it is longer than the average. */
export const START_LIMIT = Duration.hours(START_RETRY_HOURS + 4);

/**
 * Faults of CodeBuild itself before a build starts. A build that started is never retried here, because a compile error stays one:
 * `States.TaskFailed` and `States.ALL` must not be in this list.
 */
const BUILD_NOT_STARTED: RetryProps = {
  errors: ['CodeBuild.ThrottlingException', 'CodeBuild.AWSCodeBuildException', 'CodeBuild.SdkClientException'],
  interval: Duration.seconds(10),
  backoffRate: 2,
  maxAttempts: 10,
  maxDelay: Duration.minutes(4),
  jitterStrategy: JitterType.FULL,
};
