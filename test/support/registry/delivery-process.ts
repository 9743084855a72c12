/** A delivery in a process of its own, to be killed: `tsx delivery-process.ts FOLDER`, where FOLDER has `job.json`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { createDiskObjectStore } from '../../../adapters/disk/disk-store';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { objectKeys } from '../../../core/contract/keys';
import type { ReleasedService } from '../../../core/contract/release';
import { parseSettings } from '../../../core/settings/parse-settings';
import { deliverStep } from '../../../lambdas/release/deliver';

/** Hosts with port, and the images that were released as v1.4.0. */
export interface DeliveryJob {
  readonly from: string;
  readonly to: string;
  readonly images: readonly { readonly name: string; readonly digest: string }[];
}

/** Delivers the images of the job from `team/NAME` to `shop/NAME`, as the step does. */
export async function deliverImages(folder: string, { from, to, images }: DeliveryJob) {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: from, namespace: 'team' },
    candidates: { host: from, repository: 'candidates' },
    environments: [{ name: 'live', values: 'live.yaml', registry: { host: to, namespace: 'shop' } }],
  });
  const store = createDiskObjectStore(join(folder, 'objects'));
  const about = { inputDigest: 'a'.repeat(40), source: 'c'.repeat(40), values: [], followsPlatform: true };
  const services = images.map(
    ({ name, digest }): ReleasedService => ({ ...about, name, image: name, digest, version: 'v1.4.0' }),
  );
  await store.put(objectKeys.release('run-1'), JSON.stringify({ run: 'run-1', environment: 'live', services }));
  const credentials = () => Promise.resolve(undefined);
  const registry = createOciRegistry({ credentials, clock: systemClock, allowLoopback: true });
  return deliverStep({ run: 'run-1' }, { settings, registry, store, clock: systemClock });
}

const folder = process.argv[2];
if (require.main === module && folder !== undefined) {
  void deliverImages(folder, JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as DeliveryJob);
}
