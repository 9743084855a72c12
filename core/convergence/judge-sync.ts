/** Judges if Argo CD or Flux has synced a commit. */
import type { Application, FluxObject } from '../ports/cluster';
import { conditionOf, reasonOf } from './progress';
import { oneLine } from './why';

/** `progressing`: not synced yet; `failed`: the tool tried this commit or a later one, and gave up. */
export interface SyncVerdict {
  readonly state: 'synced' | 'progressing' | 'failed';
  /** One line, unless `synced`. */
  readonly why?: string;
}

/** Returns true for a revision that is the released commit or a later one of its branch. Revisions may be abbreviated. */
type ContainsRelease = (revision: string) => boolean;

/**
 * Judges an Application of Argo CD. `status.sync` compares the cluster with the newest revision; `status.operationState` is the last sync
 * that ran, with the phases Running, Succeeded, Failed, Error and Terminating
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml, gitops-engine `OperationPhase`). Its health is not judged:
 * `judgeConvergence` looks at the workloads themselves.
 */
export function judgeApplication({ metadata, status = {} }: Application, contains: ContainsRelease): SyncVerdict {
  const { sync = {}, operationState: operation = {}, conditions = [] } = status;
  const name = `Application ${metadata.name}`;
  const isNewest = revisionsOf(sync).some(contains);
  if (isNewest && sync.status === 'Synced' && operation.phase !== 'Running') return { state: 'synced' };
  const isTried = revisionsOf(operation.syncResult ?? {}).some(contains);
  if (isTried && (operation.phase === 'Failed' || operation.phase === 'Error'))
    return verdict('failed', `${name}: its sync ended as ${operation.phase}: ${operation.message ?? ''}`);
  const problem = conditions.find(({ type }) => type.endsWith('Error'));
  if (problem !== undefined) return verdict('progressing', `${name}: ${problem.type}: ${problem.message ?? ''}`);
  if (!isNewest) return verdict('progressing', `${name} is at ${printed(revisionsOf(sync))}, which is older`);
  return verdict(
    'progressing',
    `${name} is ${sync.status ?? 'Unknown'}, its sync is ${operation.phase ?? 'not started'}`,
  );
}

/**
 * Judges a Kustomization or HelmRelease of Flux. `Ready` is `Unknown` while it works and `False` if it failed, and counts only for the
 * observed generation (https://fluxcd.io/flux/components/kustomize/kustomizations/#conditions). `Stalled` means that no try follows.
 */
export function judgeFlux({ metadata, spec, status = {} }: FluxObject, contains: ContainsRelease): SyncVerdict {
  const name = metadata.name;
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const ready = conditionOf(status.conditions, 'Ready');
  const applied = status.lastAppliedRevision ?? appliedChart(status.history);
  if (isSeen && ready?.status === 'True' && fluxRevisions(applied).some(contains)) return { state: 'synced' };
  if (spec?.suspend === true) return verdict('progressing', `${name} is suspended; flux resume continues it`);
  const isTried = fluxRevisions(status.lastAttemptedRevision).some(contains);
  if (isSeen && isTried && (ready?.status === 'False' || conditionOf(status.conditions, 'Stalled')?.status === 'True'))
    return verdict('failed', `${name}: ${reasonOf(ready ?? {})}`);
  if (applied !== undefined && fluxRevisions(applied).length === 0)
    return verdict(
      'progressing',
      `${name}: its revision ${applied} names no commit of git; a HelmRelease needs a chart from git with spec.chart.spec.reconcileStrategy Revision`,
    );
  return verdict('progressing', `${name} is at ${applied ?? 'no revision'}: ${reasonOf(ready ?? {})}`);
}

/** Returns the revisions that the Application is at, and that its last sync tried. Ask git which of them contain the release. */
export function argoRevisions({ status = {} }: Application): readonly string[] {
  return [...revisionsOf(status.sync ?? {}), ...revisionsOf(status.operationState?.syncResult ?? {})];
}

/** Returns the commits that the object applied and tried. */
export function fluxRevisionsOf({ status = {} }: FluxObject): readonly string[] {
  const { lastAppliedRevision, lastAttemptedRevision, history } = status;
  return [lastAppliedRevision, lastAttemptedRevision, appliedChart(history)].flatMap(fluxRevisions);
}

function revisionsOf({
  revision,
  revisions,
}: {
  readonly revision?: string | undefined;
  readonly revisions?: readonly string[] | undefined;
}): readonly string[] {
  if (revisions !== undefined && revisions.length > 0) return revisions;
  return revision === undefined || revision === '' ? [] : [revision];
}

/** The newest release of a HelmRelease counts as applied once it is deployed. */
function appliedChart(history: NonNullable<FluxObject['status']>['history'] = []): string | undefined {
  const [newest] = history;
  return newest?.status === 'deployed' ? newest.chartVersion : undefined;
}

/**
 * Returns the commit of a revision: `main@sha1:<commit>`, before Flux 2.0 `main/<commit>`, and for a chart from git with the strategy
 * `Revision` `1.2.0+<12 digits of the commit>`, to which `.<number>` may follow
 * (https://fluxcd.io/flux/components/source/helmcharts/#reconcile-strategy).
 */
function fluxRevisions(revision: string | undefined): readonly string[] {
  const commit = /(?:@sha1:|\/|\+)([0-9a-f]{7,40})(?:\.\d+)?$/.exec(revision ?? '')?.[1];
  return commit === undefined ? [] : [commit];
}

function printed(revisions: readonly string[]): string {
  return revisions.length === 0 ? 'no revision' : revisions.join(', ').slice(0, 100);
}

function verdict(state: SyncVerdict['state'], why: string): SyncVerdict {
  return { state, why: oneLine(why) };
}
