/** The AWS Lambda handler of the candidate step. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { CandidateRequest, CandidateResult } from '../../core/contract/job';
import { parseSettings } from '../../core/settings/parse-settings';
import { deployedRegistry } from '../shared/deployed-registry';
import { readEnv, STEP_ENV } from '../shared/environment';
import { logged } from '../shared/log';
import { candidateStep } from './candidate';

const env = readEnv(process.env, STEP_ENV.candidate);
const store = createS3ObjectStore(new S3Client({}), env.bucket);
const registryForRun = deployedRegistry(parseSettings(JSON.parse(env.settings)), process.env);

/** Keeps the manifests of a candidate. */
export function handler(request: CandidateRequest): Promise<CandidateResult> {
  return logged(
    { step: 'candidate', run: request.run },
    () => candidateStep(request, { registry: registryForRun(), store, clock: systemClock }),
    ({ digest }) => ({ candidate: request.candidate, digest }),
  );
}
