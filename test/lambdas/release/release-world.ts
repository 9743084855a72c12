/** A release step on a registry, claims and a store in memory. */
import { candidateTag, objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import type { ReleaseRecord } from '../../../core/contract/release';
import { parseSettings } from '../../../core/settings/parse-settings';
import { releaseStep } from '../../../lambdas/release/release';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';
import { releasedAs, releasePlan } from '../../support/pipeline/runs';
import { createMemoryRegistry } from '../../support/registry/memory-registry';

export const HOST = 'registry.example';
const CANDIDATES = { host: HOST, repository: 'candidates' };
export const COMMIT = 'c'.repeat(40);
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: HOST, namespace: 'team' },
  candidates: CANDIDATES,
});

export function digestFor(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40);
}

export function built(name: string, part: Partial<PlannedService> = {}): PlannedService {
  const inputDigest = digestFor(name);
  const origin = { kind: 'candidate', tag: candidateTag(name, inputDigest) } as const;
  return releasedAs('v1.4.0', { name, inputDigest, action: 'build', origin, ...part });
}

export function world(services: readonly PlannedService[], run = 'run-1') {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  const store = createMemoryStore();
  const clock = { now: () => Date.parse('2026-11-23T23:59:00Z') };
  const dependencies = { settings, registry, claims, store, clock };
  const start = async (name = run) => {
    await store.put(objectKeys.plan(name), JSON.stringify(releasePlan(name, 'v1.4.0', services)));
    return releaseStep({ run: name, builds: [] }, dependencies);
  };
  const record = async (name = run): Promise<ReleaseRecord> =>
    JSON.parse((await store.get(objectKeys.release(name)))?.toString('utf8') ?? 'null');
  const seed = (name: string, content = name) =>
    registry.seed(CANDIDATES, candidateTag(name, digestFor(name)), content);
  return { registry, claims, store, dependencies, start, record, seed };
}

export type World = ReturnType<typeof world>;
