/** The AWS Lambda handler of the candidate step. */
import { systemClock } from '../../adapters/clock';
import type { CandidateRequest, CandidateResult } from '../../core/contract/job';
import { deployedRegistry } from '../shared/deployed-registry';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { candidateStep } from './candidate';

const { settings, store } = openStep('candidate');
const registryForRun = deployedRegistry(settings, process.env);

/** Keeps the manifests of a candidate. */
export function handler(request: CandidateRequest): Promise<CandidateResult> {
  return logged(
    { step: 'candidate', run: request.run },
    () => candidateStep(request, { registry: registryForRun(), store, clock: systemClock }),
    ({ digest }) => ({ candidate: request.candidate, digest }),
  );
}
