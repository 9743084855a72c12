/** Looks at an environment once: newer commits, the tool that deploys it, its workloads, its alarms. */
import { InvalidInputError, messageOf } from '../../core/contract/errors';
import type { RolloutRecord } from '../../core/contract/rollout';
import { judgeConvergence } from '../../core/convergence/judge-convergence';
import {
  argoRevisions,
  fluxRevisionsOf,
  judgeApplication,
  judgeFlux,
  type SyncVerdict,
} from '../../core/convergence/judge-sync';
import type { Cluster } from '../../core/ports/cluster';
import type { ValuesGit } from '../../core/ports/git';
import type { AlarmReader } from '../../core/ports/rollout';
import type { Clock } from '../../core/ports/store';
import type { Look } from '../../core/rollout/judge-environment';
import type { Deploy, Environment } from '../../core/settings/environment-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { runOf } from '../../core/version/commit-message';
import { parseVersionLock } from '../../core/version/version-lock';

export interface LookDependencies {
  readonly valuesGit: ValuesGit;
  readonly clock: Pick<Clock, 'now'>;
  /** Opens a cluster by its name or address. */
  readonly openCluster: (name: string) => Promise<Cluster>;
  readonly alarms: AlarmReader;
}

/** Looks at all parts that the environment names. `branch` has its values files. An unreachable part is a finding, not an error. */
export async function lookAt(
  record: RolloutRecord,
  environment: Environment,
  branch: string,
  dependencies: LookDependencies,
): Promise<Look> {
  const { clock } = dependencies;
  const newer = await findNewerCommit(record, environment, branch, dependencies.valuesGit);
  const base = { now: clock.now(), ...newer };
  try {
    return { ...base, ...(await lookAtCluster(record, newer.takenOver, environment, dependencies)) };
  } catch (error) {
    return { ...base, unreachable: messageOf(error).split('\n')[0] ?? '' };
  }
}

/** Returns the run that committed the version lock on the branch after this one, and the services of this run that have changed since. */
export async function findNewerCommit(
  { lockCommit, images, released }: RolloutRecord,
  environment: Environment,
  branch: string,
  valuesGit: ValuesGit,
): Promise<Pick<Look, 'newerRun' | 'takenOver'>> {
  const head = await valuesGit.head(branch);
  const { lock: path } = filesOf(environment);
  const [last] = head === undefined ? [] : await valuesGit.log(head, path, 1);
  if (head === undefined || last === undefined || last.commit === lockCommit) return { takenOver: [] };
  const lock = parseVersionLock((await valuesGit.readFiles(head, [path])).get(path) ?? '', path);
  const recorded = new Map(images.map((image) => [image.service, image]));
  const takenOver = released.filter((service) => {
    const [then, now] = [recorded.get(service), lock.get(service)];
    return then?.version !== now?.version || then?.digest !== now?.digest;
  });
  return { newerRun: runOf(last.message) ?? `commit ${last.commit.slice(0, 8)}`, takenOver };
}

async function lookAtCluster(
  { images, report }: RolloutRecord,
  takenOver: readonly string[],
  { deploy, watch }: Environment,
  { valuesGit, openCluster, alarms }: LookDependencies,
): Promise<Pick<Look, 'services' | 'sync' | 'alarms'>> {
  const isWatch = report.watch !== undefined;
  const raised = isWatch && watch !== undefined ? await raisedAlarms(watch.alarms, alarms) : [];
  if (deploy?.cluster === undefined || deploy.namespace === undefined) return { alarms: raised };
  const cluster = await openCluster(deploy.cluster);
  const expected = images.filter(({ service }) => !takenOver.includes(service));
  const services = judgeConvergence(expected, await cluster.snapshot(deploy.namespace));
  const sync = await syncOf(deploy, report.commit, cluster, valuesGit);
  return { alarms: raised, services, ...(sync === undefined ? {} : { sync }) };
}

async function raisedAlarms(names: readonly string[], alarms: AlarmReader): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const states = await alarms.states(names);
  const missing = names.filter((name) => !states.has(name));
  if (missing.length > 0)
    throw new Error(`CloudWatch has no alarm ${missing.join(', ')}; check the names with pipeline doctor`);
  return names.filter((name) => states.get(name) === 'ALARM');
}

/** Judges if Argo CD or Flux has synced the commit. Returns undefined if neither deploys the environment. */
async function syncOf(
  deploy: Deploy,
  commit: string,
  cluster: Cluster,
  valuesGit: ValuesGit,
): Promise<SyncVerdict | undefined> {
  if (deploy.with !== 'argocd' && deploy.with !== 'flux') return undefined;
  const { applications, kustomizations, helmReleases } = await cluster.deliveries(deploy.toolNamespace);
  if (deploy.with === 'argocd') {
    const application = applications.find(({ metadata }) => metadata.name === deploy.application);
    if (application === undefined) return absent(`application ${deploy.application}`, deploy.toolNamespace);
    return judgeApplication(application, await containing(commit, argoRevisions(application), valuesGit));
  }
  const objects = deploy.kind === 'HelmRelease' ? helmReleases : kustomizations;
  const object = objects.find(({ metadata }) => metadata.name === deploy.name);
  if (object === undefined) return absent(`${deploy.kind} ${deploy.name}`, deploy.toolNamespace);
  return judgeFlux(object, await containing(commit, fluxRevisionsOf(object), valuesGit));
}

function absent(what: string, namespace: string): SyncVerdict {
  return { state: 'progressing', why: `namespace ${namespace} has no ${what}` };
}

/** Returns a predicate: true for those of the revisions that contain the commit. */
async function containing(
  commit: string,
  revisions: readonly string[],
  valuesGit: ValuesGit,
): Promise<(revision: string) => boolean> {
  const contain = await Promise.all(
    revisions.map(async (revision) => {
      if (commit.startsWith(revision)) return true;
      const full = await fullId(revision, valuesGit);
      return full !== undefined && valuesGit.isAncestor(commit, full);
    }),
  );
  return (revision) => contain[revisions.indexOf(revision)] === true;
}

/**
 * Returns the full id of a revision, or undefined if the git host does not know it. Flux abbreviates: the chart version of a HelmRelease has 12
 * digits of the commit.
 */
async function fullId(revision: string, valuesGit: ValuesGit): Promise<string | undefined> {
  if (revision.length >= 40) return revision;
  try {
    return await valuesGit.resolve(revision);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
