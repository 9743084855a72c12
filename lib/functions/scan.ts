/** The function that reads the findings of scanned images, if the settings ask for it. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

/** Makes the scan function. It writes no image, and reads the waivers of the monorepo with the login of readers. */
export function scanFunction(scope: Construct, resources: StepResources): LambdaFunction {
  const { platform, variables, store, secrets, repositories } = resources;
  return nodeLambda(scope, 'Scan', platform, {
    description: 'Keeps images from their versions whose vulnerabilities reach a severity',
    environment: lambdaEnvironment(STEP_ENV.scan, variables),
    timeout: Duration.minutes(10),
    memory: 1024,
    repositoryUse: 'read',
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), objectKeys.failure('*', '*'), objectKeys.scan('*'), objectKeys.manifest('*')),
      store.writing(objectKeys.scan('*'), objectKeys.manifest('*')),
      readingSecrets(secrets.gitReader),
      ...repositories.scanning(),
    ],
  });
}
