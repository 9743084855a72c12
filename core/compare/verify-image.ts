/** Judges what an image says of itself against git: the version lock that released it, and the source that it was built from. */
import type { BaseDigests } from '../contract/image';
import { type ContentLabels, printBases } from '../image/build-label';
import type { ServiceInputs } from '../input-digest/inputs';
import { isDigestOf } from '../planning/former-records';
import type { VersionEvent } from '../version/lock-history';

/** A record of a version lock, and the path of the lock. */
export interface LockedImage extends VersionEvent {
  readonly lock: string;
}

/** What registry and git say. */
export interface ImageFacts {
  readonly digest: string;
  /** Undefined if the image was named by its digest. */
  readonly tag: string | undefined;
  readonly labels: ContentLabels;
  readonly bases: BaseDigests | undefined;
  /** The releases of this digest, the newest first. */
  readonly releases: readonly LockedImage[];
  /** The newest releases of the service with the version that the tag names, one of each lock. */
  readonly tagged: readonly LockedImage[];
  /** The input digest of the service by commit, made from git; or the reason why it cannot be made. */
  readonly recomputed: ReadonlyMap<string, Recomputed>;
}

export type Recomputed = Pick<ServiceInputs, 'inputDigest' | 'former'> | { readonly problem: string };

/** One comparison. */
export interface ImageCheck {
  readonly name: 'release' | 'tag' | 'label' | 'source' | 'build' | 'bases' | 'signature' | 'statement';
  readonly isRight: boolean;
  /** What was found, in one sentence. */
  readonly text: string;
}

/** Returns the commits at which the input digest has to be made: those of the release and of the build. */
export function commitsToCheck({ releases, labels }: Pick<ImageFacts, 'releases' | 'labels'>): readonly string[] {
  const commits = [releases[0]?.source, labels.revision].filter((commit) => commit !== undefined);
  return [...new Set(commits)];
}

/** Returns every comparison that the facts allow. The image is what the lock says if all of them are right. */
export function checkImage(facts: ImageFacts): readonly ImageCheck[] {
  const release = facts.releases[0];
  if (release === undefined) {
    const text = 'no version lock of this branch has the digest: the pipeline did not release this image here';
    return [{ name: 'release', isRight: false, text }, ...tagCheck(facts)];
  }
  const { service, version, commit, lock, run } = release;
  const by = run === undefined ? 'by hand' : `by run ${run}`;
  return [
    { name: 'release', isRight: true, text: `${service} ${version}, in ${lock} since ${commit.slice(0, 12)}, ${by}` },
    ...tagCheck(facts),
    labelCheck(facts, release),
    sourceCheck(facts, release, 'source', release.source),
    ...(facts.labels.revision === undefined ? [] : [sourceCheck(facts, release, 'build', facts.labels.revision)]),
    ...basesCheck(facts, release),
  ];
}

/** A tag can be moved where the registry allows it, and then names another image than the one that was released. */
function tagCheck({ tag, tagged, digest }: ImageFacts): readonly ImageCheck[] {
  const [first] = tagged;
  if (tag === undefined || first === undefined) return [];
  const isRight = tagged.some((each) => each.digest === digest);
  const text = isRight
    ? `${tag} is the version of this digest`
    : `${tag} was released with ${first.digest}; the registry has another image under this tag`;
  return [{ name: 'tag', isRight, text }];
}

function labelCheck({ labels, recomputed }: ImageFacts, { inputDigest }: LockedImage): ImageCheck {
  const { inputDigest: label = 'none' } = labels;
  if (label === inputDigest)
    return { name: 'label', isRight: true, text: `the image and the lock have the input digest ${inputDigest}` };
  const isRight = isSameContent(label, inputDigest, recomputed);
  if (isRight) {
    const text = `the image has the input digest ${label}, which is ${inputDigest} of the lock by another version of the pipeline`;
    return { name: 'label', isRight, text };
  }
  return { name: 'label', isRight, text: `the image has the input digest ${label}, the lock has ${inputDigest}` };
}

/** Returns true if both digests are of the same inputs. One of them can be older than the present recipe. */
export function isSameContent(one: string, other: string, recomputed: ImageFacts['recomputed']): boolean {
  return [...recomputed.values()].some(
    (found) => !('problem' in found) && isDigestOf(found, one) && isDigestOf(found, other),
  );
}

function sourceCheck(
  { recomputed }: ImageFacts,
  { inputDigest, service }: LockedImage,
  name: 'source' | 'build',
  commit: string,
): ImageCheck {
  const found = recomputed.get(commit) ?? { problem: 'it was not looked at' };
  const what = name === 'source' ? 'the commit of the release' : 'the commit of the build';
  const where = `${what} ${commit.slice(0, 12)}`;
  if ('problem' in found) return { name, isRight: false, text: `${where} cannot be planned: ${found.problem}` };
  const isRight = isDigestOf(found, inputDigest);
  if (isRight) return { name, isRight, text: `the inputs of ${service} at ${where} give this digest` };
  const text =
    `the inputs of ${service} at ${where} give ${found.inputDigest}: other content, or another version of the pipeline planned it; ` +
    'try the version that was in use then';
  return { name, isRight, text };
}

function basesCheck({ bases }: ImageFacts, release: LockedImage): readonly ImageCheck[] {
  if (release.bases === undefined) return [];
  const names = Object.keys(release.bases).length;
  const isRight = printBases(bases ?? {}) === printBases(release.bases);
  const text = isRight
    ? `image and lock name the same base images (${names})`
    : 'image and lock name different base images';
  return [{ name: 'bases', isRight, text }];
}
