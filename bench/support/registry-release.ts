/** The whole release step as a contender: its plan, manifests and claims lie on disk, as on one machine. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../adapters/clock';
import { createDiskClaims, createDiskObjectStore } from '../../adapters/disk/disk-store';
import { objectKeys } from '../../core/contract/keys';
import type { ImageRegistry } from '../../core/ports/registry';
import { parseSettings } from '../../core/settings/parse-settings';
import { releaseStep } from '../../lambdas/release/release';
import { releasedAs, releasePlan } from '../../test/support/pipeline/release-plan';
import { REPOSITORIES } from './registry-images';

/** Gives all images a further version. */
export type Release = (version: string, registry: ImageRegistry) => Promise<void>;

/** The images of a release and their registry. */
export interface Releases {
  readonly host: string;
  /** Names below `REPOSITORIES`. */
  readonly images: readonly string[];
  /** A tag that all have. */
  readonly from: string;
  /** The folder to work in, which the caller removes. */
  readonly home: string;
}

/** Releases that come after a first one, which left manifests and content tags; that one is made here, and part of no measurement. */
export async function furtherReleases(
  { host, images, from, home }: Releases,
  registry: ImageRegistry,
): Promise<Release> {
  const dependencies = {
    settings: parseSettings({
      git: { host: 'github', repository: 'bench/monorepo' },
      releases: { host, namespace: REPOSITORIES },
      candidates: { host, repository: 'candidates' },
    }),
    store: createDiskObjectStore(join(home, 'objects')),
    claims: createDiskClaims(join(home, 'claims')),
    clock: systemClock,
  };
  const digests = await Promise.all(
    images.map((image) => registry.head({ host, repository: `${REPOSITORIES}/${image}` }, from)),
  );
  const release: Release = async (version, client) => {
    const services = images.map((name, index) => {
      const origin = { kind: 'released', reference: digests[index] ?? '' } as const;
      const inputDigest = createHash('sha1').update(name).digest('hex');
      return releasedAs(version, { name, inputDigest, action: 'retag', origin });
    });
    await dependencies.store.put(objectKeys.plan(version), JSON.stringify(releasePlan(version, version, services)));
    await releaseStep({ run: version, builds: [] }, { ...dependencies, registry: client });
  };
  await release(`${from}-${process.pid}`, registry);
  return release;
}
