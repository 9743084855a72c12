/** The candidate step on a registry over HTTP: it keeps manifests, and reports a missing image. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { objectKeys } from '../../../core/contract/keys';
import type { ImageRegistry } from '../../../core/ports/registry';
import type { ObjectStore } from '../../../core/ports/store';
import { candidateStep } from '../../../lambdas/candidate/candidate';
import { cachedManifest } from '../../../lambdas/release/find-manifest';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { describedBuild, timesOf } from '../../support/pipeline/job-times';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { imageOf, indexOf, pushContent } from '../../support/registry/fake-registry-content';

const children = [imageOf('amd64'), imageOf('arm64')];
const index = indexOf(children);
const single = imageOf('single');
const directory = mkdtempSync(join(tmpdir(), 'candidate-'));
const log: RegistryLogEntry[] = [];
let running: RunningRegistry;
let store: ObjectStore;
let registry: ImageRegistry;

beforeAll(async () => {
  running = await startRegistry({ directory, log: (entry) => log.push(entry) });
  await pushContent(`http://${running.host}`, 'candidates', index, 'auth.one');
  await pushContent(`http://${running.host}`, 'candidates', single, 'chat.one');
});
afterAll(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  store = createMemoryStore();
  registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
  log.length = 0;
});

const step = (tag: string, from: ImageRegistry = registry, build?: unknown) =>
  candidateStep(
    { run: 'run-1', candidate: `${running.host}/candidates:${tag}`, build },
    {
      registry: from,
      store,
      clock: createStillClock(Date.parse('2026-11-23T12:00:00Z')),
    },
  );

describe('the candidate step', () => {
  test('returns the digest of an image, and keeps its exact bytes', async () => {
    expect(await step('chat.one')).toEqual({ digest: single.manifest.digest });

    expect(await cachedManifest(store, single.manifest.digest)).toEqual(single.manifest);
  });

  test('records run and time of the build, even if the manifests cannot be stored', async () => {
    const get = async () => {
      throw new Error('too many pulls');
    };

    await expect(step('chat.one', { ...registry, get })).rejects.toThrow('too many pulls');

    expect(JSON.parse(String(await store.get(objectKeys.candidate('chat.one'))))).toEqual({
      run: 'run-1',
      builtAt: '2026-11-23T12:00:00.000Z',
    });
  });

  test('records the times of the build, as far as it tells them', async () => {
    const record = async () => JSON.parse(String(await store.get(objectKeys.candidate('chat.one'))));
    const times = timesOf(1_795_000_000_000, 60);

    await step('chat.one', registry, describedBuild(times));
    expect(await record()).toMatchObject({ run: 'run-1', times });
    await step('chat.one', registry, { Build: { Phases: 'damaged' } });
    expect(await record()).not.toHaveProperty('times');
  });

  test('waits for an image that is not visible in the registry yet', async () => {
    let heads = 0;
    const head: ImageRegistry['head'] = async (name, reference) => {
      heads += 1;
      return heads < 8 ? undefined : registry.head(name, reference);
    };

    expect(await step('chat.one', { ...registry, head })).toEqual({ digest: single.manifest.digest });
  });

  test('stores the manifests of all images of an index, too', async () => {
    expect(await step('auth.one')).toEqual({ digest: index.manifest.digest });

    for (const { manifest } of [index, ...children])
      expect(await cachedManifest(store, manifest.digest)).toEqual(manifest);
  });

  test('pulls no stored manifest again when it is repeated', async () => {
    await step('auth.one');
    log.length = 0;
    await step('auth.one');

    expect(log.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  test('names the missing image if the build succeeded without one', async () => {
    await expect(step('auth.two')).rejects.toMatchObject({
      name: 'ImageMissing',
      message: `the build succeeded, but ${running.host}/candidates has no auth.two; start the run again`,
    });
  });

  test('names the image that is missing from an index', async () => {
    const lost = children[1]?.manifest.digest ?? '';
    const head: ImageRegistry['head'] = async (name, reference) =>
      reference === lost ? undefined : registry.head(name, reference);

    await expect(step('auth.one', { ...registry, head })).rejects.toMatchObject({
      name: 'ImageMissing',
      message: `the build succeeded, but ${running.host}/candidates has no ${lost}; start the run again`,
    });
  });
});
