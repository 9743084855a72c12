/** A release of images seen before costs no counted pull. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noCredentials } from '../../../adapters/registry/credentials';
import { keepManifests } from '../../../adapters/registry/kept-manifests';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import type { ObjectStore } from '../../../core/ports';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { imageOf, indexOf, pulledManifest, pushContent } from '../../support/fake-registry-content';
import { createMemoryStore, createStillClock } from '../../support/memory-state';

const directory = mkdtempSync(join(tmpdir(), 'kept-manifests-'));
const content = indexOf([imageOf('a'), imageOf('b')]);
const log: RegistryLogEntry[] = [];
let running: RunningRegistry;
let store: ObjectStore;

beforeAll(async () => {
  running = await startRegistry({ directory, log: (entry) => log.push(entry) });
  await pushContent(`http://${running.host}`, 'team/image', content, 'v1');
});
afterAll(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  store = createMemoryStore();
  log.length = 0;
});

const open = () =>
  keepManifests(
    createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true }),
    store,
  );
const at = () => ({ host: running.host, repository: 'team/image' });
const pulls = () => log.filter(({ method, kind }) => method === 'GET' && kind === 'manifest').length;

test('the first release reads the manifest, later ones only ask for its digest', async () => {
  const first = await open().get(at(), 'v1');
  expect(pulls()).toBe(1);

  const registry = open();
  const again = await registry.get(at(), 'v1');
  if (again !== undefined) await registry.put(at(), 'v2', again);

  expect([first, again]).toEqual([content.manifest, content.manifest]);
  expect(await registry.get(at(), content.manifest.digest)).toEqual(content.manifest);
  expect(pulls()).toBe(1);
  expect(await pulledManifest(`http://${running.host}`, 'team/image', 'v2')).toEqual(content.manifest);
});

test('what the registry has no more is not there, kept or not', async () => {
  await open().get(at(), 'v1');

  expect(await open().get(at(), 'v9')).toBeUndefined();
  expect(await open().get({ ...at(), repository: 'team/gone' }, 'v1')).toBeUndefined();
});

test.each(['not JSON', '{}', '{"mediaType":"x","body":"e30="}', ''])(
  '%j in the store is as good as nothing',
  async (kept) => {
    await store.put(`manifests/${content.manifest.digest.replace(':', '-')}.json`, kept);

    expect(await open().get(at(), 'v1')).toEqual(content.manifest);
    expect(pulls()).toBe(1);
    expect(await open().get(at(), 'v1')).toEqual(content.manifest);
    expect(pulls()).toBe(1);
  },
);
