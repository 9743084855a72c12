/** A release on a registry that counts pulls: it is told beforehand if they will not do, and pulls nothing then. */
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry, type OciRegistry } from '../../../adapters/registry/oci-registry';
import { objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import { parseSettings } from '../../../core/settings/parse-settings';
import { findManifest } from '../../../lambdas/release/find-manifest';
import { releaseStep } from '../../../lambdas/release/release';
import { type FaultProxy, startFaultProxy } from '../../support/http/fault-proxy';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { releasedAs, releasePlan } from '../../support/pipeline/runs';
import { useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';

const SERVICES = ['auth', 'etcd', 'ngui'];
const embedded = useEmbeddedRegistry();
let hub: FaultProxy | undefined;

afterEach(async () => {
  await hub?.close();
});

/** Docker Hub with so many pulls left, and images that have been released there; `keptOf` are those whose bytes are kept. */
async function world(headers: Readonly<Record<string, string>>, keptOf: readonly string[] = []) {
  for (const name of SERVICES) await pushContent(embedded.base, `team/${name}`, imageOf(name), 'v1.0.0');
  const proxy = await startFaultProxy(embedded.base, [
    { name: 'counted', path: /\/manifests\//, fault: { kind: 'headers', set: headers } },
  ]);
  hub = proxy;
  const store = createMemoryStore();
  const clock = createStillClock();
  const claims = createMemoryClaims();
  const registry = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true });
  const nameOf = (service: string) => ({ host: proxy.host, repository: `team/${service}` });
  for (const name of keptOf) await findManifest(nameOf(name), 'v1.0.0', { registry, store });
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: proxy.host, namespace: 'team' },
    candidates: { host: proxy.host, repository: 'candidates' },
  });
  await store.put(objectKeys.plan('run-1'), JSON.stringify(releasePlan('run-1', version(), SERVICES.map(retagged))));
  embedded.log.length = 0;
  const release = () => releaseStep({ run: 'run-1', builds: [] }, { settings, registry, claims, store, clock });
  const asked = (method: string) =>
    embedded.log.filter((entry) => entry.kind === 'manifest' && entry.method === method).length;
  return { release, asked, claims, registry, host: proxy.host };
}

test('a release with too few pulls left fails with both numbers and the time, before it pulls, claims or puts', async () => {
  const { release, asked, claims, host } = await world({
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': '2;w=21600',
  });

  await expect(release()).rejects.toMatchObject({
    name: 'RegistryError',
    message:
      `${host} allows 2 more pulls of 100, and 3 are needed; the limit renews within 6 h; ` +
      'log in as a user with a higher limit, or start the run again after that time; nothing was pulled and nothing written',
  });
  expect([asked('GET'), asked('PUT'), claims.claims.size]).toEqual([0, 0, 0]);
});

test('stored manifests need no pulls, so two are enough for the rest', async () => {
  const { release, asked } = await world({ 'ratelimit-remaining': '2;w=21600' }, ['etcd']);

  expect(await release()).toEqual({ tagged: 3 });
  expect(asked('GET')).toBe(2);
});

test.each([
  ['no limit is said', {}],
  ['as many are left as are needed', { 'ratelimit-remaining': '3;w=21600' }],
  ['the limit has no window, which is not one of pulls', { 'ratelimit-remaining': '0' }],
])('%s does not stop the release', async (_, headers) => {
  const { release } = await world(headers as Readonly<Record<string, string>>);

  expect(await release()).toEqual({ tagged: 3 });
});

test.each<[string, (registry: OciRegistry, host: string) => Promise<unknown>]>([
  ['HEAD', (registry, host) => registry.head({ host, repository: 'team/auth' }, 'v1.0.0')],
  ['HEAD of what is not there', (registry, host) => registry.head({ host, repository: 'team/auth' }, 'none')],
  ['GET', (registry, host) => registry.get({ host, repository: 'team/auth' }, 'v1.0.0')],
  ['PUT', (registry, host) => registry.put({ host, repository: 'team/auth' }, 'again', imageOf('auth').manifest)],
])('the pulls left are read from the reply to %s', async (_, call) => {
  const { registry, host } = await world({
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': '7;w=21600',
  });

  expect(registry.pullsLeft?.(host)).toBeUndefined();
  await call(registry, host);

  expect(registry.pullsLeft?.(host)).toEqual({ limit: 100, remaining: 7, windowSeconds: 21_600 });
  expect(registry.pullsLeft?.('ghcr.io')).toBeUndefined();
});

function retagged(name: string): PlannedService {
  const origin = { kind: 'released', reference: imageOf(name).manifest.digest } as const;
  return releasedAs(version(), { name, action: 'retag', origin });
}

/** A version of its own for each test, which share the registry. */
let counter = 0;
const version = () => `v1.1.${counter}`;
beforeEach(() => {
  counter += 1;
});
