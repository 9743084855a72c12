/** The function that comments on pull requests. It reads what a plan reads, stores its plan apart from those of runs, and starts nothing. */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import { PREVIEW_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { packageIndex, registryLogin, type StepResources } from './steps';

/** Called by the webhook function, which does not wait for it. */
export function previewFunction(scope: Construct, resources: StepResources, stages: readonly Stage[]): LambdaFunction {
  const { settings, store, secrets, repositories, publishing } = resources;
  return nodeLambda(scope, 'Preview', {
    description: 'Says on a pull request what merging it would build',
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
    rights: [
      store.asking(),
      store.reading(objectKeys.preview('*'), objectKeys.inputs('*', '*'), objectKeys.candidate('*')),
      // What a pull request says must reach no run: the release step believes the plan of its run.
      store.writing(objectKeys.preview('*')),
      readingSecrets(secrets.gitReader, secrets.registry),
      ...repositories.asking(),
      ...(publishing?.packages.asking() ?? []),
    ],
  });
}
