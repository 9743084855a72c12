/** Judges if Argo CD or Flux has synced a commit. */
import type { Application, FluxObject } from '../ports/cluster';

/** `progressing`: not synced yet; `failed`: the tool gave up on this commit or a later one. */
export interface SyncVerdict {
  readonly state: 'synced' | 'progressing' | 'failed';
  /** The commits that were synced: full or abbreviated ids. */
  readonly revisions: readonly string[];
  /** One line, unless `synced`. */
  readonly why?: string;
}

/**
 * Judges an Application of Argo CD. `contains` tells if a revision is the released commit or a later one that contains it. The health of
 * the application is not judged: `judgeConvergence` looks at the workloads themselves.
 */
export function judgeApplication(application: Application, contains: (revision: string) => boolean): SyncVerdict {
  return judge(syncedByArgo(application), contains);
}

/** Judges a Kustomization or HelmRelease of Flux, as `judgeApplication` does. */
export function judgeFlux(object: FluxObject, contains: (revision: string) => boolean): SyncVerdict {
  return judge(syncedByFlux(object), contains);
}

/** Returns the revisions that the application is at. Ask git which of them contain the released commit. */
export function syncedByArgo({ status }: Application): readonly string[] {
  return status?.sync?.revisions ?? (status?.sync?.revision === undefined ? [] : [status.sync.revision]);
}

/** Returns the commits of the object's last applied revision. */
export function syncedByFlux({ status }: FluxObject): readonly string[] {
  const commit = /(?:sha1:|[+/])([0-9a-f]{7,40})$/.exec(status?.lastAppliedRevision ?? '')?.[1];
  return commit === undefined ? [] : [commit];
}

function judge(revisions: readonly string[], contains: (revision: string) => boolean): SyncVerdict {
  return revisions.some(contains)
    ? { state: 'synced', revisions }
    : { state: 'progressing', revisions, why: 'the commit is not synced yet' };
}
