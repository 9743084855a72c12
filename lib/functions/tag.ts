/** The function that tags releases, if the settings ask for it. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { TAG_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import type { StepResources } from './steps';

/** Makes the tag function, which needs a login that may write to the monorepo. */
export function tagFunction(scope: Construct, resources: StepResources, follows: boolean): LambdaFunction {
  const { platform, settings, store, secrets } = resources;
  return nodeLambda(scope, 'Tag', platform, {
    description: 'Tags a release in git, with a page for its notes',
    environment: lambdaEnvironment(TAG_ENV, { settings, bucket: store.bucket.bucketName, gitSecret: secrets.git }),
    timeout: Duration.minutes(10),
    memory: 1024,
    repositoryUse: 'commit',
    valuesUse: 'read',
    rights: [
      store.asking(),
      store.reading(
        objectKeys.plan('*'),
        objectKeys.release('*'),
        objectKeys.commit('*'),
        objectKeys.inputs('*', '*'),
        ...(follows ? [objectKeys.rollout('*')] : []),
      ),
      store.writing(objectKeys.tag('*')),
      readingSecrets(secrets.git),
    ],
  });
}
