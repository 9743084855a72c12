/** The functions that may make tags: of a release, if the settings ask for it, and of Go modules, if the catalog has any. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { indexName, type Publishing, type StepResources } from './steps';

/** Makes the tag function, which needs a login that may write to the monorepo. */
export function tagFunction(scope: Construct, resources: StepResources, follows: boolean): LambdaFunction {
  const { platform, variables, store, secrets } = resources;
  return nodeLambda(scope, 'Tag', platform, {
    description: 'Tags a release in git, with a page for its notes',
    environment: lambdaEnvironment(STEP_ENV.tag, { ...variables, gitSecret: secrets.git }),
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

/**
 * Makes the publish function, the only one that may write the package index. It runs no code of a module, and has a login of the git host only for
 * Go modules, whose versions are tags.
 */
export function publishFunction(
  scope: Construct,
  { platform, variables, store, claims, secrets }: StepResources,
  publishing: Publishing,
): LambdaFunction {
  const makesTags = publishing.packages.kinds.includes('go');
  return nodeLambda(scope, 'Publish', platform, {
    description: makesTags
      ? 'Uploads a module to the package index, or tags a Go module'
      : 'Uploads a module to the package index',
    environment: {
      ...lambdaEnvironment(STEP_ENV.publish, { ...variables, packageIndex: indexName(publishing) }),
      ...(makesTags && lambdaEnvironment(STEP_ENV.tag, { ...variables, gitSecret: secrets.git })),
    },
    timeout: Duration.minutes(5),
    memory: 512,
    ...(makesTags && { repositoryUse: 'commit' as const }),
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), `${objectKeys.packages('*', '*')}*`),
      store.writing(objectKeys.published('*', '*')),
      claims.claiming(),
      ...publishing.packages.publishing(),
      ...(makesTags ? [readingSecrets(secrets.git)] : []),
    ],
  });
}
