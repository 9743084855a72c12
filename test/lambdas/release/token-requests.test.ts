/** Token requests of a release: one for each repository, not one to read and one to write. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { contentTag, objectKeys } from '../../../core/contract/keys';
import { parseSettings } from '../../../core/settings/parse-settings';
import { isReleaseRepository, releaseStep } from '../../../lambdas/release/release';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { INPUT_DIGEST, releasedAs, releasePlan } from '../../support/pipeline/runs';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';
import { startTokenService, type TokenService } from '../../support/registry/token-service';

const LOGIN = { username: 'releaser', password: 'swordfish' };
const NAMES = Array.from({ length: 20 }, (_, index) => `service${index}`);
const directory = mkdtempSync(join(tmpdir(), 'token-requests-'));
let running: RunningRegistry;
let service: TokenService;

beforeAll(async () => {
  running = await startRegistry({ directory });
  service = await startTokenService(`http://${running.host}`, { ...LOGIN, anonymous: false });
  const base = `http://${running.host}`;
  await Promise.all(
    NAMES.map(async (name) => {
      await pushContent(base, 'candidates', imageOf(name), `${name}.one`);
      await pushContent(base, `team/${name}`, imageOf(`released ${name}`), contentTag(INPUT_DIGEST), 'v1.0.0');
    }),
  );
});
afterAll(async () => {
  await service.close();
  await running.close();
  rmSync(directory, { recursive: true });
});

/** Releases all services, each from the given place, and returns the scopes of the token requests. */
async function release(kind: 'candidate' | 'released', version: string): Promise<readonly string[]> {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: service.host, namespace: 'team' },
    candidates: { host: service.host, repository: 'candidates' },
  });
  const services = NAMES.map((name) =>
    releasedAs(version, {
      name,
      image: name,
      ...(kind === 'candidate'
        ? { action: 'build', origin: { kind, tag: `${name}.one` } }
        : { action: 'retag', origin: { kind, reference: imageOf(`released ${name}`).manifest.digest } }),
    }),
  );
  const store = createMemoryStore();
  await store.put(objectKeys.plan('run'), JSON.stringify(releasePlan('run', version, services)));
  const clock = createStillClock();
  const isWritten = isReleaseRepository(settings);
  const registry = createOciRegistry({ credentials: async () => LOGIN, clock, allowLoopback: true, isWritten });
  const before = service.asked.length;
  await releaseStep({ run: 'run', builds: [] }, { settings, registry, claims: createMemoryClaims(), store, clock });
  return service.asked.slice(before).map(({ scopes }) => scopes.join(' '));
}

test('a further version of released images takes one token for each image', async () => {
  const asked = await release('released', 'v1.1.0');

  expect([...asked].sort()).toEqual(NAMES.map((name) => `repository:team/${name}:pull,push`).sort());
});

test('a release of candidates takes one token for each image, and one for the candidates', async () => {
  const asked = await release('candidate', 'v1.2.0');

  expect(asked).toHaveLength(NAMES.length + 1);
  expect(new Set(asked)).toEqual(
    new Set([
      'repository:candidates:pull',
      ...NAMES.map((name) => `repository:team/${name}:pull,push repository:candidates:pull`),
    ]),
  );
});

test.each([
  ['of the namespace on its host', 'registry.example', 'team/auth', true],
  ['of another namespace that begins alike', 'registry.example', 'teams/auth', false],
  ['on another host', 'other.example', 'team/auth', false],
])('a token to write is asked for repositories %s only', (_, host, repository, expected) => {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  expect(isReleaseRepository(settings)({ host, repository })).toBe(expected);
});
