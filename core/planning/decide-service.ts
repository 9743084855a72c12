/** Decides one service: build, retag or keep, where its image comes from, and why. The heart of the plan. */
import type { ImageContent, ImageOrigin } from '../contract/image';
import { contentTag } from '../contract/keys';
import type { Reason, ServiceAction } from '../contract/plan';
import type { Strategy } from '../contract/run-input';
import type { LockEntry } from '../version/version-lock';
import type { BaseVerdict } from './base-images';
import { candidateTagFor, rebuildKey } from './candidate';

/** What the registry has of a service's image. */
export interface Availability {
  /** The digest that the version lock records is in the release repository. */
  readonly locked: boolean;
  /** This very content was released before, under its content tag; false if it shall be built anew all the same. */
  readonly released: boolean;
  /** The candidate with this content exists. */
  readonly candidate: boolean;
}

/** All that the decision on one service depends on. */
export interface ServiceFacts {
  readonly name: string;
  readonly path: string;
  readonly retagOnly: boolean;
  readonly inputDigest: string;
  readonly locked: LockEntry | undefined;
  readonly available: Availability;
  readonly bases: BaseVerdict;
  /** Why the digest differs from the recorded one, file by file; undefined if the recorded input list is not known. */
  readonly differences: readonly Reason[] | undefined;
  readonly doubts: readonly Reason[];
}

/** What the run wants of a service. */
export interface ReleaseIntent {
  readonly strategy: Strategy;
  /** True if the service gets a version in any case, false if only a changed one does. */
  readonly always: boolean;
  /** Set if a rebuild is forced, with the version it is forced for. */
  readonly forcedFor?: string;
  /** True if a person named this service. */
  readonly asked: boolean;
}

/** The decision. `made` is set if the image is made of older inputs than the commit has. */
export interface Decision {
  readonly action: ServiceAction;
  readonly origin: ImageOrigin;
  readonly reasons: readonly Reason[];
  readonly made?: ImageContent;
}

/** Decides one service. Content decides: equal input digest means the image exists already, whoever built it. */
export function decideService(facts: ServiceFacts, intent: ReleaseIntent): Decision {
  const { locked, inputDigest } = facts;
  const asked: Reason[] = intent.asked
    ? [{ kind: 'asked', text: `${facts.name} was named in the execution input` }]
    : [];

  if (intent.forcedFor !== undefined) return decideForced(facts, intent.forcedFor);
  const isUnchanged = locked !== undefined && locked.inputDigest === inputDigest;
  if (isUnchanged && facts.bases.reasons.length === 0) {
    const unchanged: Reason = {
      kind: 'unchanged',
      text: `inputs equal those of ${locked.version} (${short(locked.source)})`,
    };
    if (!intent.always) return { action: 'keep', origin: recorded(locked), reasons: [unchanged] };
    if (facts.available.locked) return { action: 'retag', origin: recorded(locked), reasons: [...asked, unchanged] };
    const gone: Reason = {
      kind: 'unavailable',
      text: `the recorded image ${locked.digest} is not in the registry any more`,
    };
    return fromContent(facts, [...asked, gone]);
  }
  if (locked !== undefined && intent.strategy === 'minimal' && facts.available.locked && changedOnlyOutside(facts)) {
    const what = isUnchanged
      ? 'it would be built anew otherwise'
      : `shared inputs changed since ${short(locked.source)}`;
    const text = `released as it is, although ${what}`;
    return {
      action: 'retag',
      origin: recorded(locked),
      reasons: [{ kind: 'stale', text }, ...(facts.differences ?? []), ...facts.bases.reasons],
      made: { inputDigest: locked.inputDigest, source: locked.source },
    };
  }
  return fromContent(facts, [...asked, ...(isUnchanged ? facts.bases.reasons : whyDifferent(facts))]);
}

/** Retag what exists with this content, else build it. */
function fromContent(facts: ServiceFacts, why: readonly Reason[]): Decision {
  const { name, available } = facts;
  const { contentKey, salt } = facts.bases;
  if (available.released) {
    const reason: Reason = { kind: 'released-before', text: 'this very content was released before' };
    return {
      action: 'retag',
      origin: { kind: 'released', reference: contentTag(contentKey) },
      reasons: [reason, ...why],
    };
  }
  const origin: ImageOrigin = { kind: 'candidate', tag: candidateTagFor(name, contentKey, salt) };
  if (available.candidate) {
    const reason: Reason = {
      kind: 'candidate-exists',
      text: 'this very content was built before and not released yet',
    };
    return { action: 'retag', origin, reasons: [reason, ...why] };
  }
  return { action: 'build', origin, reasons: [...why, ...facts.doubts] };
}

function decideForced(facts: ServiceFacts, forcedFor: string): Decision {
  const tag = candidateTagFor(facts.name, facts.bases.contentKey, rebuildKey(forcedFor));
  const origin: ImageOrigin = { kind: 'candidate', tag };
  if (facts.available.candidate) {
    const text = `already rebuilt for ${forcedFor} by an earlier run`;
    return { action: 'retag', origin, reasons: [{ kind: 'candidate-exists', text }] };
  }
  const forced: Reason = {
    kind: 'forced',
    text: 'strategy conservative rebuilds every service that is not retag-only',
  };
  return { action: 'build', origin, reasons: [forced, ...(facts.differences ?? [])] };
}

function recorded(locked: LockEntry): ImageOrigin {
  return { kind: 'released', reference: locked.digest };
}

function whyDifferent(facts: ServiceFacts): readonly Reason[] {
  const { locked, differences } = facts;
  if (locked === undefined) return [{ kind: 'never-released', text: 'the version lock has no record of this service' }];
  if (differences !== undefined && differences.length > 0) return differences;
  const text = `inputs differ from those of ${locked.version} (${short(locked.source)}), whose list of inputs is not stored`;
  return [{ kind: 'inputs-differ', text }];
}

/** True only if it is known that nothing in the service's own folder and nothing of its recipe changed. */
function changedOnlyOutside(facts: ServiceFacts): boolean {
  if (facts.locked?.inputDigest === facts.inputDigest) return true;
  if (facts.differences === undefined || facts.differences.length === 0) return false;
  return facts.differences.every(
    (reason) =>
      reason.kind === 'input-changed' && reason.path !== undefined && !reason.path.startsWith(`${facts.path}/`),
  );
}

function short(commit: string): string {
  return commit.slice(0, 8);
}
