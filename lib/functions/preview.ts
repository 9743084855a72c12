/** The function that comments on pull requests. It reads what the plan function reads, and starts nothing. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import { PREVIEW_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { packageIndex, registryLogin, type StepResources } from './steps';

/** Makes the preview function. The webhook function calls it and does not wait for it. */
export function previewFunction(scope: Construct, resources: StepResources, stages: readonly Stage[]): LambdaFunction {
  const { platform, settings, store, secrets, repositories, publishing } = resources;
  return nodeLambda(scope, 'Preview', platform, {
    description: 'Comments on a pull request what merging it would build',
    environment: {
      ...lambdaEnvironment(PREVIEW_ENV, {
        settings,
        bucket: store.bucket.bucketName,
        stages: JSON.stringify(stages.map((stage) => stage.name)),
        gitSecret: secrets.gitReader,
      }),
      ...registryLogin(secrets),
      ...packageIndex(publishing),
    },
    timeout: Duration.minutes(10),
    memory: 3008,
    asynchronous: true,
    rights: [
      store.asking(),
      store.reading(objectKeys.preview('*'), objectKeys.inputs('*', '*'), objectKeys.candidate('*')),
      // Nothing that a pull request contains may reach a run: the release step trusts the plan of its run.
      store.writing(objectKeys.preview('*')),
      readingSecrets(secrets.gitReader, secrets.registry),
      ...repositories.asking(),
      ...(publishing?.packages.asking() ?? []),
    ],
  });
}
