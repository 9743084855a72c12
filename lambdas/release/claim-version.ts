/** Finds the version of one image and binds it to its digest, once and for ever. */
import { ERROR_NAMES, type PlannedService } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { Claims, ImageRegistry, RepositoryName } from '../../core/ports';
import { versionInLine } from '../../core/version/version-rule';

/** A line of development versions this long is a mistake somewhere. */
const LONGEST_LINE = 10_000;

/** Whose a version is: what it is bound to, by which run, and if the registry has it already. */
interface Holder {
  readonly digest: string;
  readonly run: string;
  readonly isTagged: boolean;
}

interface ClaimDependencies {
  readonly claims: Claims;
  readonly registry: ImageRegistry;
}

/**
 * The version this digest gets in the repository `to`: the given one, or the first of its line that is free or already this
 * digest's. Throws `VersionTaken` with both digests and the run that took a given version. A tag that somebody put by hand counts as
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
): Promise<string> {
  const image = `${to.host}/${to.repository}`;
  const { version: rule } = service;
  if (rule.kind === 'none') throw new Error(`service ${service.name} is kept and gets no version`);
  const last = rule.kind === 'exact' ? 1 : rule.after + LONGEST_LINE;
  for (let number = rule.kind === 'exact' ? 1 : rule.after + 1; number <= last; number += 1) {
    const version = rule.kind === 'exact' ? rule.version : versionInLine(rule.line, number);
    const holder = await holderOf(image, version, to, { digest, run }, dependencies);
    if (holder.digest === digest) return version;
    if (rule.kind === 'exact') throw taken(image, version, digest, holder);
    if (!holder.isTagged) await putFor(holder, version, to, dependencies.registry);
  }
  throw new PipelineError(ERROR_NAMES.versionTaken, `${image} has no free version in its line after ${last} tries`);
}

async function holderOf(
  image: string,
  version: string,
  to: RepositoryName,
  wanted: { readonly digest: string; readonly run: string },
  { claims, registry }: ClaimDependencies,
): Promise<Holder> {
  const tagged = await registry.head(to, version);
  if (tagged !== undefined && tagged !== wanted.digest)
    return { digest: tagged, run: 'unknown, the tag is in the registry', isTagged: true };
  return { ...(await claims.claim({ image, version, ...wanted })), isTagged: tagged !== undefined };
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

function taken(image: string, version: string, digest: string, holder: Holder): PipelineError {
  return new PipelineError(
    ERROR_NAMES.versionTaken,
    `${image}:${version} is ${holder.digest} (run: ${holder.run}) and cannot become ${digest}; ` +
      'a version is given once, so choose the next one',
  );
}
