/** Which errors are tried again, and why no others. */
import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

/**
 * Faults of Lambda itself. An error of a step is not among them: the same input would give the same error.
 * Step Functions cannot know if the function ran before such a fault, so every step can be run twice.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
export const LAMBDA_FAULTS: RetryProps = {
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
export const BUILD_NOT_STARTED: RetryProps = {
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
