/** The AWS Lambda handler of the publish step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import type { PublishRequest, PublishResult } from '../../core/contract/job';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedGit } from '../shared/deployed';
import { deployedPackages, publishesGo } from '../shared/deployed-packages';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { publishStep } from './publish';

const env = readEnv(process.env, STEP_ENV.publish);
const claims = createDynamoClaims({}, env.claimsTable);

/** The monorepo with a login that may make tags. Only a catalog with Go modules gives the function one. */
function monorepo() {
  if (!publishesGo(env.packageIndex)) return undefined;
  const { settings, gitSecret } = readEnv(process.env, STEP_ENV.tag);
  return { claims, ...deployedGit(parseSettings(JSON.parse(settings)), gitSecret, 'writer') };
}

const dependencies = {
  store: createS3ObjectStore(new S3Client({}), env.bucket),
  packages: deployedPackages(env.packageIndex, monorepo()),
  claims,
};

/** Publishes the package that a module's build left. */
export function handler(request: PublishRequest): Promise<PublishResult> {
  return logged(
    { step: 'publish', run: request.run },
    () => publishStep(request, dependencies),
    ({ version }) => ({ module: request.module, package: version }),
  );
}
