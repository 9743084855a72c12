/** Finds the version of one image and binds it to the image's digest, once and for ever. */
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { PlannedService } from '../../core/contract/plan';
import { versionInLine } from '../../core/planning/version-rule';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Claim, Claims } from '../../core/ports/store';
import type { ImageSigning } from './sign-images';

/** A line of development versions this long is a mistake somewhere. */
const LONGEST_LINE = 10_000;

/** The version of an image. `isTagged` if the registry has it already, with the digest that it was claimed for. */
export interface ClaimedVersion {
  readonly version: string;
  readonly isTagged: boolean;
}

/** The digest that a version is bound to. `isTagged` if the registry has the version. */
interface Binding {
  readonly digest: string;
  readonly isTagged: boolean;
}

interface ClaimDependencies {
  readonly claims: Claims;
  readonly registry: ImageRegistry;
  /** Signs an image before it gets the version of another run. Absent if images are not signed. */
  readonly sign?: ImageSigning['sign'] | undefined;
}

/**
 * Claims the version of this digest in the repository `to`: the given one, or the first of its line that is free or already has the digest.
 * Throws `VersionTaken` with both digests and both runs if a given version is bound to another digest. A tag that
 * a person put by hand counts as taken, too: the registry is the state, and the claim only makes it atomic.
 *
 * If another run claimed an earlier number and did not put it, this run puts it first, so that a line has no gap in the registry.
 */
export async function claimVersion(
  { name, version: rule }: PlannedService,
  to: RepositoryName,
  digest: string,
  run: string,
  dependencies: ClaimDependencies,
): Promise<ClaimedVersion> {
  const image = `${to.host}/${to.repository}`;
  if (rule.kind === 'none') throw new Error(`service ${name} is kept and gets no version`);
  if (rule.kind === 'exact') {
    const claim = { image, version: rule.version, digest, run };
    const binding = await bind(claim, to, dependencies);
    if (binding.digest !== digest) throw await versionTaken(claim, binding, dependencies.claims);
    return { version: rule.version, isTagged: binding.isTagged };
  }
  for (let number = rule.after + 1; number <= rule.after + LONGEST_LINE; number += 1) {
    const version = versionInLine(rule.line, number);
    const binding = await bind({ image, version, digest, run }, to, dependencies);
    if (binding.digest === digest) return { version, isTagged: binding.isTagged };
    if (!binding.isTagged) await putForOtherRun(binding, version, to, dependencies);
  }
  const message = `${image} has no free version in the line ${rule.line} after ${LONGEST_LINE} tries`;
  throw new PipelineError(ERROR_NAMES.versionTaken, message);
}

/** Claims the version, unless the registry has it with another digest. Returns the digest that it is bound to from now on. */
async function bind(claim: Claim, to: RepositoryName, { claims, registry }: ClaimDependencies): Promise<Binding> {
  const tagged = await registry.head(to, claim.version);
  if (tagged !== undefined && tagged !== claim.digest) return { digest: tagged, isTagged: true };
  const { digest } = await claims.claim(claim);
  return { digest, isTagged: tagged !== undefined };
}

/**
 * Puts the version that another run claimed. A run claims only what it has copied, so the image is in the repository. If it is gone, the
 * number stays without a tag: it is bound to that image, and one run does not fail for another.
 */
async function putForOtherRun(
  { digest }: Binding,
  version: string,
  to: RepositoryName,
  { registry, sign }: ClaimDependencies,
): Promise<void> {
  try {
    const manifest = await registry.get(to, digest);
    if (manifest === undefined) return;
    await sign?.({ to, manifest });
    await registry.put(to, version, manifest);
  } catch {
    // The number stays without a tag.
  }
}

async function versionTaken(claim: Claim, { digest }: Binding, claims: Claims): Promise<PipelineError> {
  const { image, version, run } = claim;
  const giver = await describeGiver(claim, digest, claims);
  return new PipelineError(
    ERROR_NAMES.versionTaken,
    `${image}:${version} is ${digest} (${giver}) and cannot become ${claim.digest} (run ${run}); ` +
      'a version is given once, so choose the next one',
  );
}

/** Tells which run gave the version its digest. If that cannot be read, the version is refused all the same. */
async function describeGiver({ image, version }: Claim, digest: string, claims: Claims): Promise<string> {
  try {
    const claim = await claims.find(image, version);
    if (claim === undefined) return 'no run has claimed it: the tag was put by hand or by another tool';
    if (claim.digest === digest) return `run ${claim.run}`;
    return `put by hand or by another tool, since run ${claim.run} has claimed it for ${claim.digest}`;
  } catch (error) {
    return `the run that gave it could not be looked up: ${messageOf(error)}`;
  }
}
