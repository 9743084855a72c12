/** The function that looks at environments after the commit, and its rights: only what the settings name. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { rolloutNeeds } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { describingClusters } from '../builders/builders';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

/** Makes the rollout function. It reads clusters with its role, which needs an access entry there. */
export function rolloutFunction(scope: Construct, resources: StepResources, settings: Settings): LambdaFunction {
  const { platform, variables, store, secrets } = resources;
  const needs = rolloutNeeds(settings);
  return nodeLambda(scope, 'Rollout', platform, {
    description: 'Looks at an environment after the commit, and decides what comes next',
    environment: lambdaEnvironment(STEP_ENV.rollout, variables),
    timeout: Duration.minutes(5),
    memory: 1024,
    repositoryUse: 'read',
    valuesUse: 'read',
    rights: [
      store.asking(),
      store.reading(
        objectKeys.release('*'),
        objectKeys.commit('*'),
        objectKeys.rollout('*'),
        objectKeys.report('*'),
        objectKeys.manifest('*'),
        ...(needs.commands ? [objectKeys.source('*')] : []),
      ),
      store.writing(objectKeys.rollout('*'), ...(needs.commands ? [objectKeys.source('*')] : [])),
      readingSecrets(secrets.gitReader, ...needs.secrets.map((secret) => secretArn(scope, secret))),
      ...describingClusters(scope, needs.clusters),
      // With any narrower resource CloudWatch returns no composite alarm:
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
      ...(needs.alarms.length === 0
        ? []
        : [new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] })]),
    ],
  });
}

/** Secrets Manager appends six characters to the name in an ARN. */
function secretArn(scope: Construct, secret: string): string {
  if (secret.startsWith('arn:')) return secret;
  const stack = Stack.of(scope);
  return `arn:${stack.partition}:secretsmanager:${stack.region}:${stack.account}:secret:${secret}-??????`;
}
