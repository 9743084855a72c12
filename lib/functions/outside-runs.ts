/** Functions that work outside of runs: pull request comments, lost pushes, and the reports of runs that could not report their end. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { namesOf, packageIndex, registryLogin, type StepResources } from './steps';

/** Makes the preview function. The webhook function calls it and does not wait for it. */
export function previewFunction(scope: Construct, resources: StepResources, stages: readonly Stage[]): LambdaFunction {
  const { platform, variables, store, claims, secrets, repositories, publishing } = resources;
  return nodeLambda(scope, 'Preview', platform, {
    description: 'Comments on a pull request what merging it would build',
    environment: {
      ...lambdaEnvironment(STEP_ENV.preview, { ...variables, stages: namesOf(stages) }),
      ...registryLogin(secrets),
      ...packageIndex(resources),
    },
    timeout: Duration.minutes(10),
    memory: 3008,
    asynchronous: true,
    repositoryUse: 'comment',
    valuesUse: 'read',
    rights: [
      store.asking(),
      store.reading(
        objectKeys.preview('*'),
        objectKeys.inputs('*', '*'),
        objectKeys.candidate('*'),
        objectKeys.times(),
      ),
      // Nothing that a pull request contains may reach a run: the release step trusts the plan of its run.
      store.writing(objectKeys.preview('*'), objectKeys.previewPage('*')),
      readingSecrets(secrets.gitReader, secrets.registry),
      ...repositories.asking(),
      ...(publishing === undefined ? [] : [...publishing.packages.asking(), claims.reading()]),
    ],
  });
}

/** The longest wait of a lost push. A round usually makes one request to the git host and one to Step Functions. */
export const RECONCILE_PERIOD = Duration.minutes(15);

/** Makes the function and its schedule. A failed round is not repeated, because the next one does its work. */
export function reconcileFunction(
  scope: Construct,
  { platform, variables, store, secrets }: StepResources,
  stateMachine: StateMachine,
): LambdaFunction {
  const reconcile = nodeLambda(scope, 'Reconcile', platform, {
    description: 'Starts the runs of pushes whose webhook was lost',
    environment: lambdaEnvironment(STEP_ENV.reconcile, { ...variables, stateMachine: stateMachine.stateMachineArn }),
    timeout: Duration.minutes(5),
    memory: 512,
    repositoryUse: 'read',
    valuesUse: 'read',
    rights: [
      store.asking(),
      store.reading(objectKeys.report('*')),
      readingSecrets(secrets.gitReader),
      new PolicyStatement({
        actions: ['states:ListExecutions', 'states:StartExecution'],
        resources: [stateMachine.stateMachineArn],
      }),
    ],
  });
  new Rule(scope, 'ReconcileSchedule', {
    description: 'Looks for pushes whose webhook was lost',
    schedule: Schedule.rate(RECONCILE_PERIOD),
    targets: [new LambdaTarget(reconcile, { retryAttempts: 0, maxEventAge: RECONCILE_PERIOD })],
  });
  return reconcile;
}

/**
 * Calls the report function after every run that did not succeed. Most of them have reported themselves, which the function notices.
 * It depends on the execution's status, because `States.ALL` catches neither `States.Runtime` nor `States.DataLimitExceeded`, and a stopped
 * run can catch nothing. Events that do not reach the function go to `deadLetters`.
 */
export function reportAllEnds(
  scope: Construct,
  stateMachine: IStateMachine,
  report: IFunction,
  deadLetters: IQueue,
): Rule {
  return new Rule(scope, 'UnreportedRuns', {
    description: 'Runs that may not have been able to report their end',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [new LambdaTarget(report, { deadLetterQueue: deadLetters })],
  });
}
