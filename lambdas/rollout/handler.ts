/** The AWS Lambda handler of the rollout step. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EKSClient } from '@aws-sdk/client-eks';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { createAlarmReader } from '../../adapters/aws/alarms';
import { createSecretReader } from '../../adapters/aws/secrets';
import { systemClock } from '../../adapters/clock';
import { createCheckSender } from '../../adapters/http/send-check';
import { openCluster } from '../../adapters/kubernetes/cluster';
import { readEksAccess } from '../../adapters/kubernetes/eks-access';
import type { RolloutRequest, RolloutStep } from '../../core/contract/rollout';
import { deployedRepositories } from '../shared/deployed';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { CLUSTER_RETRY, rolloutStep } from './rollout';

const { settings, store } = openStep('rollout');
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'reader' });
const secrets = new SecretsManagerClient({});
const eks = new EKSClient({});
const sts = new STSClient({});

const dependencies = {
  settings,
  git: source.git,
  valuesGit: values.git,
  store,
  clock: systemClock,
  openCluster: async (name: string) =>
    openCluster(await readEksAccess(name, eks, sts.config), {
      clock: systemClock,
      random: Math.random,
      retry: CLUSTER_RETRY,
    }),
  checks: createCheckSender((secret) => createSecretReader(secrets, secret, systemClock)()),
  alarms: createAlarmReader(new CloudWatchClient({})),
};

/** Looks at the environment of a run, and returns what the state machine does next. */
export function handler(request: RolloutRequest): Promise<RolloutStep> {
  return logged(
    { step: 'rollout', run: request.run },
    () => rolloutStep(request, dependencies),
    ({ next, phase, seconds }) => ({ next, phase, wait: seconds }),
  );
}
