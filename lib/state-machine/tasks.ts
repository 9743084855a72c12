/** The one way in which the state machine calls a step. */
import { Aws, Duration } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  CustomState,
  JitterType,
  JsonPath,
  type RetryProps,
  TaskInput,
  type TaskStateBaseProps,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** Longer than any Lambda function can run (15 minutes), so that a late answer is never taken for a lost one. */
const STEP_LIMIT = Duration.minutes(16);

/** A path for every field of a step's request; the compiler misses none. */
export type RequestPaths<Request> = { readonly [Field in keyof Request]-?: string };

/** Where a step's result goes, below `$.Payload`; and for what else than its answer the state waits, how long. */
type StepOutput = Pick<
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

// The Task that runs one job on a build machine and waits for its end.

/** A backstop: CodeBuild ends a job by the job's own limit, 36 hours at most, after at most 2 hours of waiting for a machine. */
const JOB_LIMIT = Duration.hours(39);

/**
 * For five minutes CodeBuild answers the same token with the same build: right where an answer was lost, wrong after a fault of the machine
 * and in a run that is redriven: planned anew by its second count, gone on with by its third. 64 hex digits, which is as long as a token may be.
 */
const TOKEN =
  "States.Hash(States.Format('{} {} {} {} {}', $.run, $.service, $.attempt, $.redrives, $$.Execution.RedriveCount), 'SHA-256')";

/** The machine that the job asks for, in the place of the project's own. */
const OWN_MACHINE = {
  'ComputeTypeOverride.$': '$.machine.computeType',
  'EnvironmentTypeOverride.$': '$.machine.environmentType',
  'ImageOverride.$': '$.machine.environmentImage',
};

interface StartBuildProps {
  readonly project: IProject;
  /** Environment variables by the fields of the job that they get. */
  readonly variables: Readonly<Record<string, string>>;
  /** True if the job says on which machine it runs. */
  readonly ownMachine: boolean;
}

/** Reads the job from the state and leaves the state as it is. As JSON, because CDK's own class has no source, no idempotency
 * token, no machine and no time limit. */
export function startBuild(
  scope: Construct,
  name: string,
  { project, variables, ownMachine }: StartBuildProps,
): CustomState {
  const task = new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::codebuild:startBuild.sync`,
      Parameters: {
        ProjectName: project.projectName,
        'IdempotencyToken.$': TOKEN,
        // A folder with one archive in it: a ZIP file, which is what CodeBuild would unpack itself, keeps neither modes nor links.
        SourceTypeOverride: 'S3',
        'SourceLocationOverride.$': '$.source',
        'TimeoutInMinutesOverride.$': '$.timeoutMinutes',
        ...(ownMachine ? OWN_MACHINE : {}),
        // The type is never taken from data: whoever could set it to SECRETS_MANAGER could read secrets with the build's role.
        EnvironmentVariablesOverride: Object.entries(variables).map(([field, variable]) => ({
          Name: variable,
          Type: 'PLAINTEXT',
          'Value.$': `$.${field}`,
        })),
      },
      // What the build made lies in registry or object store; its description would fill the run's data.
      ResultPath: null,
      TimeoutSeconds: JOB_LIMIT.toSeconds(),
    },
  });
  return task.addRetry(BUILD_NOT_STARTED);
}

// Which errors are tried again, and why no others.

/**
 * Faults of Lambda itself. An error of a step is not among them: the same input would give the same error.
 * Step Functions cannot know if the function ran before such a fault, so every step can be run twice.
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

/**
 * A build that could not be started: no machine free in the whole account, or CodeBuild itself at fault. A build that started is never
 * tried again, for a compile error stays one; that is why `States.TaskFailed` and `States.ALL` are not here. Ten attempts with up to
 * four minutes between them outlast the builds of a run before this one.
 */
const BUILD_NOT_STARTED: RetryProps = {
  errors: [
    'CodeBuild.AccountLimitExceededException',
    'CodeBuild.ThrottlingException',
    'CodeBuild.AWSCodeBuildException',
    'CodeBuild.SdkClientException',
  ],
  interval: Duration.seconds(10),
  backoffRate: 2,
  maxAttempts: 10,
  maxDelay: Duration.minutes(4),
  jitterStrategy: JitterType.FULL,
};
