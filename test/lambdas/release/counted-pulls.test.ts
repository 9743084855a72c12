/** The calls of a release: registries may count pulls (every GET of a manifest) or limit calls per second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { contentTag, objectKeys } from '../../../core/contract/keys';
import type { PlannedService } from '../../../core/contract/plan';
import { parseSettings } from '../../../core/settings/parse-settings';
import { candidateStep } from '../../../lambdas/candidate/candidate';
import { releaseStep } from '../../../lambdas/release/release';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { createMemoryClaims, createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { INPUT_DIGEST, releasedAs, releasePlan } from '../../support/pipeline/runs';
import { imageOf, indexOf, pulledManifest, pushContent } from '../../support/registry/fake-registry-content';

const directory = mkdtempSync(join(tmpdir(), 'counted-pulls-'));
const content = indexOf([imageOf('amd64'), imageOf('arm64')]);
const single = imageOf('single');
const keptIndex = indexOf([imageOf('riscv64'), imageOf('s390x')]);
const log: RegistryLogEntry[] = [];
let running: RunningRegistry;

beforeAll(async () => {
  running = await startRegistry({ directory, log: (entry) => log.push(entry) });
  await pushContent(`http://${running.host}`, 'candidates', content, 'auth.one');
  await pushContent(`http://${running.host}`, 'candidates', single, 'auth.two');
  await pushContent(`http://${running.host}`, 'candidates', keptIndex, 'auth.three');
});
afterAll(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});

/** Releases with an object store and claims of their own; each gives the manifests that it pulled. */
function releases() {
  const store = createMemoryStore();
  const claims = createMemoryClaims();
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: running.host, namespace: 'team' },
    candidates: { host: running.host, repository: 'candidates' },
  });
  const open = () => createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
  const pulls = () => log.filter(({ method, kind }) => method === 'GET' && kind === 'manifest');
  return {
    keep: (tag: string) =>
      candidateStep(
        { run: 'run', candidate: `${running.host}/candidates:${tag}` },
        { registry: open(), store, clock: createStillClock() },
      ),
    release: async (
      run: string,
      version: string,
      part: Pick<PlannedService, 'action' | 'origin'> & Partial<PlannedService>,
      image = content,
    ) => {
      await store.put(
        objectKeys.plan(run),
        JSON.stringify(releasePlan(run, version, [releasedAs(version, { name: 'auth', ...part })])),
      );
      const clock = createStillClock();
      log.length = 0;
      await releaseStep({ run, builds: [] }, { settings, registry: open(), claims, store, clock });
      const pulled = pulls();
      expect(await pulledManifest(`http://${running.host}`, 'team/auth', version)).toEqual(image.manifest);
      return pulled;
    },
  };
}

test('a release of a candidate pulls nothing from the release repository, and a later one nothing at all', async () => {
  const { release } = releases();
  const first = await release('run-1', 'v1.0.0', { action: 'build', origin: { kind: 'candidate', tag: 'auth.one' } });
  const reference = content.manifest.digest;
  const second = await release('run-2', 'v1.1.0', { action: 'retag', origin: { kind: 'released', reference } });

  // Found by its content, its config is looked at: its first image is pulled once, and then known.
  const tag = contentTag(INPUT_DIGEST);
  const third = await release('run-3', 'v1.2.0', { action: 'retag', origin: { kind: 'released', reference: tag } });
  const fourth = await release('run-4', 'v1.3.0', { action: 'retag', origin: { kind: 'released', reference: tag } });

  // The candidate itself and the two images that it lists, once each.
  expect(first.map(({ repository }) => repository)).toEqual(['candidates', 'candidates', 'candidates']);
  expect(second).toEqual([]);
  expect(third).toHaveLength(1);
  expect(fourth).toEqual([]);
});

test.each([
  ['an image', 'auth.two', 'v2', single],
  ['an index', 'auth.three', 'v3', keptIndex],
])('a release pulls no manifest of %s that was stored at its build', async (_what, tag, major, image) => {
  const { keep, release } = releases();
  await keep(tag);

  const part = { action: 'build', origin: { kind: 'candidate', tag } } as const;
  expect(await release('run-1', `${major}.0.0`, part, image)).toEqual([]);
  // A run that broke off and is started again finds all as it is.
  expect(await release('run-1', `${major}.0.0`, part, image)).toEqual([]);
  const reference = image.manifest.digest;
  const again = { action: 'retag', origin: { kind: 'released', reference } } as const;
  expect(await release('run-2', `${major}.1.0`, again, image)).toEqual([]);
});

test('a further version of a released image takes four calls', async () => {
  const { keep, release } = releases();
  await keep('auth.two');
  await release('run-1', 'v4.0.0', { action: 'build', origin: { kind: 'candidate', tag: 'auth.two' } }, single);

  const reference = single.manifest.digest;
  await release('run-2', 'v4.1.0', { action: 'retag', origin: { kind: 'released', reference } }, single);

  const calls = log.filter(({ kind }) => kind === 'manifest').map(({ method, reference }) => `${method} ${reference}`);
  const tag = contentTag(INPUT_DIGEST);
  expect(calls.slice(0, 4)).toEqual([`HEAD ${tag}`, 'HEAD v4.1.0', 'PUT v4.1.0', 'HEAD v4.1.0']);
  // The test's own look at what was tagged.
  expect(calls.slice(4)).toEqual(['GET v4.1.0']);
});

test('a released image without its content tag is found by digest, and gets the tag again', async () => {
  const { keep, release } = releases();
  await keep('auth.two');
  await release('run-1', 'v5.0.0', { action: 'build', origin: { kind: 'candidate', tag: 'auth.two' } }, single);
  await release('run-2', 'v6.0.0', { action: 'build', origin: { kind: 'candidate', tag: 'auth.one' } });

  // The tag of the same inputs is now the other image's.
  const reference = single.manifest.digest;
  await release('run-3', 'v5.1.0', { action: 'retag', origin: { kind: 'released', reference } }, single);

  const tag = contentTag(INPUT_DIGEST);
  expect(await pulledManifest(`http://${running.host}`, 'team/auth', tag)).toEqual(single.manifest);
});

test('an image that was found by its content key is read by it, once', async () => {
  const { keep, release } = releases();
  await keep('auth.two');
  const contentKey = 'b'.repeat(40);
  const candidate = { kind: 'candidate', tag: 'auth.two' } as const;
  await release('run-1', 'v7.0.0', { action: 'build', origin: candidate, contentKey }, single);

  const origin = { kind: 'released', reference: contentTag(contentKey) } as const;
  await release('run-2', 'v7.1.0', { action: 'retag', origin, contentKey }, single);

  const heads = log
    .filter(({ kind, method }) => kind === 'manifest' && method === 'HEAD')
    .map(({ reference }) => reference);
  expect(heads).toEqual([contentTag(contentKey), contentTag(INPUT_DIGEST), 'v7.1.0', 'v7.1.0']);
});
