/** Pushes of a CodeCommit repository, which EventBridge delivers: a rule for this one repository, and the function that it calls. */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { codeCommitRegion } from '../../core/settings/codecommit';
import type { Settings } from '../../core/settings/schema';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';
import { startingRuns } from './webhook';

/** Events are repeated for a quarter of an hour; then the reconcile step finds the push. */
const PATIENCE = Duration.minutes(15);

/** What the rule and the function need. `repository` is the ARN, and `committer` the function that commits. */
export interface RepositoryEvents {
  readonly repository: string;
  readonly stateMachine: StateMachine;
  readonly preview: IFunction;
  readonly committer: IFunction;
}

/** Makes rule and function. */
export function repositoryEventsFunction(
  scope: Construct,
  { platform, variables }: StepResources,
  { repository, stateMachine, preview, committer }: RepositoryEvents,
): LambdaFunction {
  const events = nodeLambda(scope, 'RepositoryEvents', platform, {
    description: 'Starts a run for a push to the CodeCommit repository',
    environment: lambdaEnvironment(STEP_ENV['repository-events'], {
      ...variables,
      stateMachine: stateMachine.stateMachineArn,
      previewFunction: preview.functionArn,
      committer: committer.role?.roleName ?? '',
    }),
    timeout: Duration.seconds(30),
    memory: 512,
    asynchronous: true,
    rights: startingRuns(stateMachine, preview),
  });
  new Rule(scope, 'RepositoryEventsRule', {
    description: 'Pushes and pull requests of the CodeCommit repository',
    eventPattern: {
      source: ['aws.codecommit'],
      detailType: ['CodeCommit Repository State Change', 'CodeCommit Pull Request State Change'],
      resources: [repository],
    },
    targets: [new LambdaTarget(events, { maxEventAge: PATIENCE, retryAttempts: 10 })],
  });
  return events;
}

/** Returns the ARN of the repository in the stack's account, or undefined for any other git host. */
export function codeCommitRepository(scope: Construct, { git }: Pick<Settings, 'git'>): string | undefined {
  if (git.host !== 'codecommit') return undefined;
  const region = codeCommitRegion(git.apiUrl) ?? Aws.REGION;
  return Stack.of(scope).formatArn({ service: 'codecommit', region, resource: git.repository });
}
