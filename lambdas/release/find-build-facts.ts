/** Finds out how an image was built: by this run, as the version lock has it, or else as the image itself says. */
import type { BuildFacts } from '../../core/build-facts';
import type { PlannedService } from '../../core/contract';
import { dayOf, readBuildFacts } from '../../core/image/build-label';
import { isDigest } from '../../core/image/grammar';
import type { Clock, ImageRegistry, Manifest, RepositoryName } from '../../core/ports';
import { buildFactsOf } from '../../core/version/version-lock';

/** `from` is where the manifest was found. */
export async function findBuildFacts(
  service: PlannedService,
  manifest: Manifest,
  from: RepositoryName,
  { registry, clock }: { readonly registry: ImageRegistry; readonly clock: Pick<Clock, 'now'> },
): Promise<BuildFacts> {
  const { action, origin } = service;
  const planned = buildFactsOf(service);
  const today = dayOf(clock.now());
  if (action === 'build') return { ...planned, built: today };
  if (origin.kind === 'released' && isDigest(origin.reference)) return planned;
  const config = await registry.config(from, manifest);
  const said = config === undefined ? {} : readBuildFacts(config);
  // Builds that are made to look alike tell no date, or always the same one.
  const built = later(planned.built, said.built) ?? (origin.kind === 'candidate' ? today : undefined);
  return buildFactsOf({ ...planned, ...said, ...(built === undefined ? {} : { built }) });
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}
