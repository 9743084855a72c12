/** Finds out how an image was built: by this run, as the version lock has it, or else as the image itself says. */
import type { BuildFacts } from '../../core/build-facts';
import type { PlannedService } from '../../core/contract';
import { dayOf, readBuildFacts } from '../../core/image/build-label';
import { firstImageOf } from '../../core/image/first-image';
import { isDigest } from '../../core/image/grammar';
import type { Clock, ImageRegistry, Manifest, ObjectStore, RepositoryName } from '../../core/ports';
import { buildFactsOf } from '../../core/version/version-lock';
import { findManifest } from './find-manifest';

export interface BuildFactsDependencies {
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** `from` is where the manifest was found. */
export async function findBuildFacts(
  service: PlannedService,
  manifest: Manifest,
  from: RepositoryName,
  { registry, store, clock }: BuildFactsDependencies,
): Promise<BuildFacts> {
  const { action, origin } = service;
  const planned = buildFactsOf(service);
  const today = dayOf(clock.now());
  if (action === 'build') return { ...planned, built: today };
  if (origin.kind === 'released' && isDigest(origin.reference)) return planned;
  const config = await registry.config(from, await imageOf(manifest, from, { registry, store }));
  const said = config === undefined ? {} : readBuildFacts(config);
  // Builds that are made to look alike tell no date, or always the same one.
  const built = later(planned.built, said.built) ?? (origin.kind === 'candidate' ? today : undefined);
  return buildFactsOf({ ...planned, ...said, ...(built === undefined ? {} : { built }) });
}

/** Of an index its first image, which is pulled once and kept as every manifest is: the registry's `config` would pull it each time. */
async function imageOf(
  manifest: Manifest,
  from: RepositoryName,
  shelves: { readonly registry: ImageRegistry; readonly store: ObjectStore },
): Promise<Manifest> {
  const child = firstImageOf(manifest.bytes);
  return (child === undefined ? undefined : await findManifest(from, child, shelves)) ?? manifest;
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}
