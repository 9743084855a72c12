/** The release step as a Lambda function. */
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { systemClock } from '../../adapters/clock';
import { signerOf } from '../../adapters/signing/open-signer';
import type { DeliverStep, ProbeResult, ReleaseResult } from '../../core/contract/release';
import { deployedRegistry } from '../shared/deployed-registry';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { type AnyReleaseRequest, releaseOrDeliver } from './deliver';
import { isReleaseRepository } from './release';

const { env, settings, store } = openStep('release');
const dependencies = {
  settings,
  clock: systemClock,
  claims: createDynamoClaims({}, env.claimsTable),
  store,
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
