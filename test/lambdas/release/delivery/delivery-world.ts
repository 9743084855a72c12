/** A run that has given its versions, with a registry of memory that has them, and an environment with a registry of its own. */
import { objectKeys } from '../../../../core/contract/keys';
import type { DeliverStep, ReleasedService } from '../../../../core/contract/release';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { deliverStep, releaseOrDeliver } from '../../../../lambdas/release/deliver';
import { createMemoryClaims, createMemoryStore } from '../../../support/pipeline/memory-state';
import { createMemoryRegistry, manifestOf } from '../../../support/registry/memory-registry';

export const HOST = 'registry.example';
export const LIVE = 'live.example';

export const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: HOST, namespace: 'team' },
  candidates: { host: HOST, repository: 'candidates' },
  environments: [
    { name: 'staging', values: 'staging.yaml' },
    { name: 'live', values: 'live.yaml', registry: { host: LIVE, namespace: 'shop', minutes: 30 } },
  ],
});

export function released(name: string, version = 'v1.4.0'): ReleasedService {
  return {
    name,
    image: name,
    version,
    digest: manifestOf(name).digest,
    inputDigest: 'a'.repeat(40),
    source: 'c'.repeat(40),
    values: [`${name}.tag`],
    followsPlatform: true,
  };
}

/** `names` are services whose images are released as v1.4.0. */
export function deliveryWorld(names: readonly string[], environment = 'live') {
  const registry = createMemoryRegistry();
  const store = createMemoryStore();
  let now = 0;
  const clock = { now: () => now };
  const claims = createMemoryClaims();
  const dependencies = { settings, registry, store, clock, claims };
  for (const name of names) registry.seed({ host: HOST, repository: `team/${name}` }, 'v1.4.0', name);
  const services = names.map((name) => released(name));
  const stored = store.put(
    objectKeys.release('run-1'),
    JSON.stringify({ schema: 1, run: 'run-1', environment, services }),
  );
  return {
    registry,
    store,
    services,
    dependencies,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    deliver: async (until?: number): Promise<DeliverStep> => {
      await stored;
      return deliverStep({ run: 'run-1', ...(until === undefined ? {} : { until }) }, dependencies);
    },
    check: async () => releaseOrDeliver({ run: 'run-1', phase: 'check' }, dependencies),
    at: (name: string, reference = 'v1.4.0') => registry.head({ host: LIVE, repository: `shop/${name}` }, reference),
  };
}
