/** The AWS Lambda handler of the scan step. */
import { systemClock } from '../../adapters/clock';
import type { ScanRequest, ScanStep } from '../../core/contract/scan/scan';
import { deployedGit } from '../shared/deployed';
import { deployedRegistry, deployedScanner } from '../shared/deployed-registry';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { scanStep } from './scan';

const { env, settings, store } = openStep('scan');
const dependencies = {
  settings,
  git: deployedGit(settings, env.gitSecret, 'reader').git,
  store,
  clock: systemClock,
};
const registryForRun = deployedRegistry(settings, process.env);

/** Asks ECR about the images of a run. */
export function handler(request: ScanRequest): Promise<ScanStep> {
  return logged(
    { step: 'scan', run: request.run },
    () => scanStep(request, { ...dependencies, registry: registryForRun(), scanner: deployedScanner() }),
    ({ next }) => ({ next }),
  );
}
