/** What a release asks of registries that count pulls: every GET of a manifest is one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noCredentials } from '../../../adapters/registry/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import type { Plan, PlannedService } from '../../../core/contract';
import { contentTag, objectKeys } from '../../../core/keys';
import { parseSettings } from '../../../core/settings';
import { releaseStep } from '../../../lambdas/release/release';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { imageOf, indexOf, pulledManifest, pushContent } from '../../support/fake-registry-content';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../support/memory-state';

const directory = mkdtempSync(join(tmpdir(), 'counted-pulls-'));
const content = indexOf([imageOf('amd64'), imageOf('arm64')]);
const log: RegistryLogEntry[] = [];
let running: RunningRegistry;

beforeAll(async () => {
  running = await startRegistry({ directory, log: (entry) => log.push(entry) });
  await pushContent(`http://${running.host}`, 'candidates', content, 'auth.one');
});
afterAll(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});

test('a release of a candidate pulls nothing of the release repository, and later ones nothing at all', async () => {
  const store = createMemoryStore();
  const claims = createMemoryClaims();
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: running.host, namespace: 'team' },
    candidates: { host: running.host, repository: 'candidates' },
  });
  const release = async (run: string, version: string, part: Pick<PlannedService, 'action' | 'origin'>) => {
    await store.put(objectKeys.plan(run), JSON.stringify(planOf(run, version, part)));
    const clock = createStillClock();
    const registry = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true });
    log.length = 0;
    await releaseStep({ run, builds: [] }, { settings, registry, claims, store, clock });
    const pulls = log.filter(({ method, kind }) => method === 'GET' && kind === 'manifest');
    expect(await pulledManifest(`http://${running.host}`, 'team/auth', version)).toEqual(content.manifest);
    return pulls;
  };

  const first = await release('run-1', 'v1.0.0', { action: 'build', origin: { kind: 'candidate', tag: 'auth.one' } });
  const reference = content.manifest.digest;
  const second = await release('run-2', 'v1.1.0', { action: 'retag', origin: { kind: 'released', reference } });

  // Found by its content, its config is looked at: its first image is pulled once, and then known.
  const tag = contentTag('a'.repeat(40));
  const third = await release('run-3', 'v1.2.0', { action: 'retag', origin: { kind: 'released', reference: tag } });
  const fourth = await release('run-4', 'v1.3.0', { action: 'retag', origin: { kind: 'released', reference: tag } });

  // The candidate itself and the two images that it lists, once each.
  expect(first.map(({ repository }) => repository)).toEqual(['candidates', 'candidates', 'candidates']);
  expect(second).toEqual([]);
  expect(third).toHaveLength(1);
  expect(fourth).toEqual([]);
});

function planOf(run: string, version: string, part: Pick<PlannedService, 'action' | 'origin'>): Plan {
  const service: PlannedService = {
    name: 'auth',
    image: 'auth',
    stage: 'services',
    inputDigest: 'a'.repeat(40),
    reasons: [],
    version: { kind: 'exact', version },
    minutes: 5,
    values: ['auth.image.tag'],
    followsPlatform: true,
    ...part,
  };
  return {
    schema: 1,
    run,
    action: 'release',
    ref: 'main',
    environment: 'default',
    commit: 'c'.repeat(40),
    strategy: 'smart',
    platformVersion: version,
    dryRun: false,
    services: [service],
    totals: { build: 1, retag: 0, keep: 0 },
  };
}
