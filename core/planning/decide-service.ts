/** Decides one service: build, retag or keep, the origin of its image, and why. The heart of the plan. */
import type { ImageContent, ImageOrigin } from '../contract/image';
import { contentTag } from '../contract/keys';
import type { Reason, ServiceAction } from '../contract/plan';
import type { Strategy } from '../contract/run-input';
import type { LockEntry } from '../version/version-lock';
import type { BaseVerdict } from './base-images';
import { candidateTagFor, forcedRebuild } from './candidate';

/** The answers of the registry about a service's image. A field is absent if the registry was not asked, because nothing depends on it. */
export interface Availability {
  /** True if the release repository has the digest that the version lock records. */
  readonly locked?: boolean;
  /** True if this content was released before: the release repository has its content tag. */
  readonly released?: boolean;
  /** True if the candidate repository has this content, or this rebuild of it. */
  readonly candidate?: boolean;
  /** True if that candidate may expire before the release. */
  readonly isExpiring?: boolean;
  /** The content key by the former recipe, if only that one was found. */
  readonly formerKey?: string;
}

/** Everything that the decision on one service depends on. */
export interface ServiceFacts {
  readonly name: string;
  readonly path: string;
  readonly inputDigest: string;
  readonly locked: LockEntry | undefined;
  readonly available: Availability;
  readonly bases: BaseVerdict;
  /** The differences from the recorded inputs, file by file; undefined if the recorded input list is not stored. */
  readonly differences: readonly Reason[] | undefined;
  readonly doubts: readonly Reason[];
}

/** The run's intent for a service. */
export interface ReleaseIntent {
  readonly strategy: Strategy;
  /** True if the service gets a version in any case, false if only a changed one does. */
  readonly always: boolean;
  /** The version for which a rebuild is forced. */
  readonly forcedFor?: string;
  /** True if a person named this service. */
  readonly asked: boolean;
}

/** The decision. `made` is set if the image has older inputs than the commit. */
export interface Decision {
  readonly action: ServiceAction;
  readonly origin: ImageOrigin;
  readonly reasons: readonly Reason[];
  readonly made?: ImageContent;
}

/** Decides one service. Content decides: if the input digest is equal, the image exists already, whatever run built it. */
export function decideService(facts: ServiceFacts, intent: ReleaseIntent): Decision {
  const { name, locked, inputDigest, bases, available } = facts;
  const asked: Reason[] = intent.asked ? [{ kind: 'asked', text: `${name} was named in the execution input` }] : [];
  if (intent.forcedFor !== undefined) return rebuildForced(facts, intent.forcedFor);
  if (locked === undefined) return findOrBuild(facts, [...asked, NEVER_RELEASED]);

  const isUnchanged = locked.inputDigest === inputDigest;
  if (isUnchanged && bases.reasons.length === 0) {
    const unchanged: Reason = { kind: 'unchanged', text: `inputs equal those of ${describe(locked)}` };
    if (!intent.always) return { action: 'keep', origin: recorded(locked), reasons: [unchanged] };
    if (available.locked) return { action: 'retag', origin: recorded(locked), reasons: [...asked, unchanged] };
    const text = `the recorded image ${locked.digest} is no longer in the registry`;
    return findOrBuild(facts, [...asked, { kind: 'unavailable', text }]);
  }
  const changes = isUnchanged ? bases.reasons : differenceReasons(facts.differences, locked);
  if (intent.strategy === 'minimal' && available.locked && (isUnchanged || changedOnlyOutside(facts))) {
    return releaseStale(locked, isUnchanged, [...(facts.differences ?? []), ...bases.reasons]);
  }
  return findOrBuild(facts, [...asked, ...changes]);
}

const NEVER_RELEASED: Reason = { kind: 'never-released', text: 'the version lock has no record of this service' };

/** Retags an image that exists with this content, or builds it. */
function findOrBuild({ name, bases, available, doubts }: ServiceFacts, why: readonly Reason[]): Decision {
  const { rebuild } = bases;
  const { formerKey: contentKey = bases.contentKey } = available;
  // A rebuild replaces an image of equal content, so that a release of this content does not satisfy it.
  if (available.released && rebuild === undefined) {
    const origin: ImageOrigin = { kind: 'released', reference: contentTag(contentKey) };
    const reason: Reason = { kind: 'released-before', text: 'this content was released before' };
    return { action: 'retag', origin, reasons: [reason, ...why] };
  }
  const candidate = (key: string): ImageOrigin => ({ kind: 'candidate', tag: candidateTagFor(name, key, rebuild) });
  if (available.candidate && !available.isExpiring) {
    const reason: Reason = { kind: 'candidate-exists', text: 'this content was built before, but not released' };
    return { action: 'retag', origin: candidate(contentKey), reasons: [reason, ...why] };
  }
  const reasons = [...why, ...expiring(available), ...doubts];
  return { action: 'build', origin: candidate(bases.contentKey), reasons };
}

function rebuildForced({ name, bases, available, differences = [] }: ServiceFacts, version: string): Decision {
  const candidate = (key: string): ImageOrigin => {
    return { kind: 'candidate', tag: candidateTagFor(name, key, forcedRebuild(version)) };
  };
  if (available.candidate && !available.isExpiring) {
    const text = `already rebuilt for ${version} by an earlier run`;
    const origin = candidate(available.formerKey ?? bases.contentKey);
    return { action: 'retag', origin, reasons: [{ kind: 'candidate-exists', text }] };
  }
  const text = 'strategy conservative rebuilds every service that is not retag-only';
  const origin = candidate(bases.contentKey);
  return { action: 'build', origin, reasons: [{ kind: 'forced', text }, ...expiring(available), ...differences] };
}

function expiring({ isExpiring }: Availability): readonly Reason[] {
  if (!isExpiring) return [];
  return [
    { kind: 'unavailable', text: 'this content was built before, but its candidate may expire before the release' },
  ];
}

function releaseStale(locked: LockEntry, isUnchanged: boolean, why: readonly Reason[]): Decision {
  const instead = isUnchanged ? 'it is due for a rebuild' : `shared inputs changed since ${locked.source.slice(0, 8)}`;
  return {
    action: 'retag',
    origin: recorded(locked),
    reasons: [{ kind: 'stale', text: `released as it is, although ${instead}` }, ...why],
    made: { inputDigest: locked.inputDigest, source: locked.source },
  };
}

function differenceReasons(differences: readonly Reason[] | undefined, locked: LockEntry): readonly Reason[] {
  if (differences !== undefined && differences.length > 0) return differences;
  const text = `inputs differ from those of ${describe(locked)}, whose list of inputs is not stored`;
  return [{ kind: 'inputs-differ', text }];
}

/** True only if it is known that nothing changed in the service's own folder or its recipe. */
function changedOnlyOutside({ differences = [], path }: ServiceFacts): boolean {
  const isOutside = (reason: Reason) =>
    reason.kind === 'input-changed' && reason.path !== undefined && !reason.path.startsWith(`${path}/`);
  return differences.length > 0 && differences.every(isOutside);
}

function recorded({ digest }: LockEntry): ImageOrigin {
  return { kind: 'released', reference: digest };
}

/** Names a record for people: `v1.4.0 (1f3c9a2b)`. */
function describe({ version, source }: LockEntry): string {
  return `${version} (${source.slice(0, 8)})`;
}
