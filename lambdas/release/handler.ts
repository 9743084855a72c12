/** The release step as a Lambda function. */
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import { signerOf } from '../../adapters/signing/open-signer';
import type { DeliverStep, ProbeResult, ReleaseResult } from '../../core/contract/release';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRegistry } from '../shared/deployed-registry';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { type AnyReleaseRequest, releaseOrDeliver } from './deliver';
import { isReleaseRepository } from './release';

const env = readEnv(process.env, STEP_ENV.release);
const settings = parseSettings(JSON.parse(env.settings));
const dependencies = {
  settings,
  clock: systemClock,
  claims: createDynamoClaims({}, env.claimsTable),
  store: createS3ObjectStore(new S3Client({}), env.bucket),
};

const openSigner = signerOf(settings.signing, { folder: '/', env: process.env });

const registryForRun = deployedRegistry(settings, process.env);

/** Gives every image of the plan its version, or puts the images into the registry of their environment. */
export function handler(request: AnyReleaseRequest): Promise<ReleaseResult | DeliverStep | ProbeResult> {
  const registry = registryForRun({ run: request.run, isWritten: isReleaseRepository(settings) });
  return logged(
    { step: 'release', run: request.run },
    () => releaseOrDeliver(request, { ...dependencies, registry, openSigner }),
    (result) => ('phase' in request ? { phase: request.phase, ...result } : { ...result }),
  );
}
