/** What the rollout step uses on one machine: clusters by kubeconfig or address, secrets from the environment, alarms as files. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../adapters/clock';
import { isAccessible } from '../../adapters/disk/missing';
import { createCheckSender } from '../../adapters/http/send-check';
import { openCluster } from '../../adapters/kubernetes/cluster';
import type { ClusterAccess } from '../../adapters/kubernetes/cluster-access';
import { readKubeconfig } from '../../adapters/kubernetes/kubeconfig';
import type { Cluster } from '../../core/ports/cluster';
import type { AlarmReader } from '../../core/ports/rollout';
import { CLUSTER_RETRY, type RolloutDependencies } from '../../lambdas/rollout/rollout';

/** Returns what replaces AWS. `alarms` is the folder in which a file named like an alarm raises it. */
export function localRollout(
  alarms: string,
  environment: NodeJS.ProcessEnv = process.env,
): Pick<RolloutDependencies, 'openCluster' | 'checks' | 'alarms'> {
  return {
    openCluster: (name) => openLocalCluster(name, environment),
    checks: createCheckSender(async (name) => {
      const value = environment[name];
      if (value === undefined)
        throw new Error(`the environment variable ${name} is not set, which a check names as a secret`);
      return value;
    }),
    alarms: createAlarmFiles(alarms),
  };
}

/** Opens a cluster by its address, without a login, or by a context of the user's kubeconfig. */
export async function openLocalCluster(name: string, environment: NodeJS.ProcessEnv): Promise<Cluster> {
  const options = { clock: systemClock, random: Math.random, retry: CLUSTER_RETRY };
  if (/^https?:/.test(name)) return openCluster(addressOnly(name), options);
  const file = environment.KUBECONFIG ?? join(environment.HOME ?? homedir(), '.kube', 'config');
  return openCluster(await readKubeconfig(file, name), options);
}

function addressOnly(address: string): ClusterAccess {
  const server = new URL(address.endsWith('/') ? address : `${address}/`);
  return { server, label: `cluster ${server.host}`, tls: {}, login: async () => ({}) };
}

/** Every alarm exists, and is quiet unless there is a file of its name. */
function createAlarmFiles(folder: string): AlarmReader {
  return {
    states: async (names) => {
      const states = names.map(async (name) => {
        const file = join(folder, encodeURIComponent(name));
        return [name, (await isAccessible(file)) ? 'ALARM' : 'OK'] as const;
      });
      return new Map(await Promise.all(states));
    },
  };
}
