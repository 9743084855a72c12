/** Finds the version of one image and binds it to its digest, once and for ever. */
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { PlannedService } from '../../core/contract/plan';
import { versionInLine } from '../../core/planning/version-rule';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Claims } from '../../core/ports/store';

/** A line of development versions this long is a mistake somewhere. */
const LONGEST_LINE = 10_000;

/** What a version is bound to, and if the registry has it already. */
interface Holder {
  readonly digest: string;
  readonly isTagged: boolean;
}

/** `isTagged` if the registry has the version already, with the digest that it was claimed for. */
export interface ClaimedVersion {
  readonly version: string;
  readonly isTagged: boolean;
}

/** A version of an image, and what a run wants it to be. */
interface Wanted {
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly run: string;
}

interface ClaimDependencies {
  readonly claims: Claims;
  readonly registry: ImageRegistry;
}

/**
 * The version this digest gets in the repository `to`: the given one, or the first of its line that is free or already this
 * digest's. Throws `VersionTaken` with both digests and both runs for a given version that is another's. A tag that somebody put by hand counts as
 * taken, too: the registry is the state, the claim only makes it atomic.
 *
 * A number that another run claimed and did not get to put is put for it before the next one is taken, so that the registry has no
 * gap in a line, whoever broke off.
 */
export async function claimVersion(
  service: PlannedService,
  to: RepositoryName,
  digest: string,
  run: string,
  dependencies: ClaimDependencies,
): Promise<ClaimedVersion> {
  const image = `${to.host}/${to.repository}`;
  const { version: rule } = service;
  if (rule.kind === 'none') throw new Error(`service ${service.name} is kept and gets no version`);
  const last = rule.kind === 'exact' ? 1 : rule.after + LONGEST_LINE;
  for (let number = rule.kind === 'exact' ? 1 : rule.after + 1; number <= last; number += 1) {
    const version = rule.kind === 'exact' ? rule.version : versionInLine(rule.line, number);
    const wanted = { image, version, digest, run };
    const holder = await holderOf(wanted, to, dependencies);
    if (holder.digest === digest) return { version, isTagged: holder.isTagged };
    if (rule.kind === 'exact') throw await taken(wanted, holder, dependencies.claims);
    if (!holder.isTagged) await putFor(holder, version, to, dependencies.registry);
  }
  throw new PipelineError(ERROR_NAMES.versionTaken, `${image} has no free version in its line after ${last} tries`);
}

async function holderOf(wanted: Wanted, to: RepositoryName, { claims, registry }: ClaimDependencies): Promise<Holder> {
  const tagged = await registry.head(to, wanted.version);
  if (tagged !== undefined && tagged !== wanted.digest) return { digest: tagged, isTagged: true };
  const { digest } = await claims.claim(wanted);
  return { digest, isTagged: tagged !== undefined };
}

/**
 * Its image is in the repository, since a run claims only what it has copied. Where it is not any more, the number stays without one:
 * it is bound to that image and goes to no other, and a run does not fail for another's.
 */
async function putFor({ digest }: Holder, version: string, to: RepositoryName, registry: ImageRegistry): Promise<void> {
  try {
    const manifest = await registry.get(to, digest);
    if (manifest !== undefined) await registry.put(to, version, manifest);
  } catch {
    return;
  }
}

async function taken({ image, version, digest, run }: Wanted, holder: Holder, claims: Claims): Promise<PipelineError> {
  const giver = await giverOf({ image, version }, holder, claims);
  return new PipelineError(
    ERROR_NAMES.versionTaken,
    `${image}:${version} is ${holder.digest} (${giver}) and cannot become ${digest} (run ${run}); ` +
      'a version is given once, so choose the next one',
  );
}

/** Which run made the version what it is. That it cannot be found out changes nothing about the refusal. */
async function giverOf(
  { image, version }: Pick<Wanted, 'image' | 'version'>,
  { digest }: Holder,
  claims: Claims,
): Promise<string> {
  try {
    const claim = await claims.find(image, version);
    if (claim === undefined) return 'no run has claimed it: the tag was put by hand or by another tool';
    if (claim.digest === digest) return `run ${claim.run}`;
    return `put by hand or by another tool, since run ${claim.run} has claimed it for ${claim.digest}`;
  } catch (error) {
    return `the run that gave it could not be looked up: ${messageOf(error)}`;
  }
}
