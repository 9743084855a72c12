/** The release function, the only one that may write release repositories and sign. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { objectKeys } from '../../core/contract/keys';
import { environmentRegistries } from '../../core/settings/registry/environment-registry';
import { STEP_ENV } from '../../lambdas/shared/environment';
import { readingSecrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';
import { registryLogin, type StepResources } from './steps';

/** Makes the function. `signingKey` is the key of KMS that the settings name; undefined if images are not signed. */
export function releaseFunction(
  scope: Construct,
  resources: StepResources,
  signingKey: string | undefined,
): LambdaFunction {
  const { platform, variables, store, claims, secrets, repositories } = resources;
  const builders = signingKey === undefined ? [] : [objectKeys.built('*')];
  // What is delivered to the registry of an environment is what was released.
  const delivered = environmentRegistries(repositories.settings).length > 0 ? [objectKeys.release('*')] : [];
  return nodeLambda(scope, 'Release', platform, {
    description: 'Tags all images of a run with their versions',
    environment: {
      ...lambdaEnvironment(STEP_ENV.release, variables),
      ...registryLogin(secrets),
    },
    timeout: Duration.minutes(15),
    memory: 2048,
    rights: [
      store.asking(),
      store.reading(
        objectKeys.plan('*'),
        objectKeys.failure('*', '*'),
        objectKeys.manifest('*'),
        ...builders,
        ...delivered,
      ),
      store.writing(objectKeys.tagged('*', '*'), objectKeys.release('*'), objectKeys.manifest('*')),
      claims.claiming(),
      ...(secrets.registry === undefined ? [] : [readingSecrets(secrets.registry)]),
      ...repositories.releasing(),
      ...(signingKey === undefined ? [] : signing(scope, signingKey)),
    ],
  });
}

/**
 * Returns the rights to read the public key and to sign digests. An alias is no resource of a policy, so the right then is for every key of its
 * account and region, if the request names that alias (AWS KMS developer guide, "Use aliases to control access to KMS keys").
 */
function signing(scope: Construct, key: string): PolicyStatement[] {
  const arn = key.startsWith('alias/') ? Stack.of(scope).formatArn({ service: 'kms', resource: key }) : key;
  const [account, alias] = arn.split(/:(?=alias\/)/);
  const resources = [alias === undefined ? arn : `${account}:key/*`];
  const named = alias === undefined ? {} : { 'kms:RequestAlias': alias };
  const how = { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' };
  return [
    new PolicyStatement({
      actions: ['kms:GetPublicKey'],
      resources,
      ...(alias === undefined ? {} : { conditions: { StringEquals: named } }),
    }),
    new PolicyStatement({ actions: ['kms:Sign'], resources, conditions: { StringEquals: { ...named, ...how } } }),
  ];
}
