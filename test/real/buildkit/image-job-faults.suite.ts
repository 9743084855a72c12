/** `buildspecs/image.yml` on the newest BuildKit when something fails: caches, scanner, builder, registry, time. Nothing is left behind. */
import type { SampleSource } from '../../local/build/embedded/sample-source';
import { type FaultProxy, startFaultProxy } from '../../support/http/fault-proxy';
import type { FaultRule } from '../../support/http/fault-proxy-rules';
import { startDockerRegistry } from '../../support/registry/docker-registry';
import { headManifest } from '../../support/registry/registry-snapshot';
import { type BuildkitJobs, candidateTagOf, type JobRequest, openBuildkitJobs } from './buildkit-jobs';
import { readManifest } from './pushed-image';
import { makeShopSource } from './shop-source';

/** Nothing has this digest. */
const GONE = `sha256:${'0'.repeat(64)}`;

let jobs: BuildkitJobs;
let source: SampleSource;
let proxy: FaultProxy | undefined;
beforeAll(async () => {
  jobs = await openBuildkitJobs();
  source = await makeShopSource(jobs.programs);
}, 3_600_000);
afterAll(async () => {
  source?.remove();
  await jobs?.close();
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  expect(await jobs.left()).toEqual([]);
});

function build(service: string, request: Partial<JobRequest> = {}) {
  return jobs.run({ source, service, bases: { digests: { 'tools:1': jobs.images.tools } }, ...request });
}

/** Returns the host of the registry behind a proxy with these faults. */
async function faulty(
  rules: readonly FaultRule[],
  { host }: { readonly host: string } = jobs.registry,
): Promise<string> {
  proxy = await startFaultProxy(`http://${host}`, rules);
  return proxy.host;
}

/** Returns the images of a job in which another one replaces one of them. */
function withImage(name: 'buildkit' | 'scanner', reference: string): Partial<JobRequest> {
  const pinned: Record<typeof name, string> = {
    buildkit: `docker.io/moby/buildkit@${jobs.images.buildkit}`,
    scanner: `docker.io/docker/buildkit-syft-scanner@${jobs.images.scanner}`,
  };
  pinned[name] = reference;
  const { buildkit, scanner } = pinned;
  return {
    variables: {
      BUILD_IMAGES: JSON.stringify({
        buildkit,
        emulators: `docker.io/tonistiigi/binfmt@${jobs.images.emulators}`,
        sbomScanner: scanner,
      }),
    },
  };
}

const pushed = (service: string) => headManifest(jobs.registry.host, 'candidates', candidateTagOf({ source, service }));

describe('an image job builds', () => {
  test('without a cache whose layers are gone', async () => {
    expect(await build('tested')).toMatchObject({ end: { status: 'SUCCEEDED' } });
    const { layers } = await readManifest(jobs.registry.host, 'candidates', 'tested.cache-release');
    const gone = (digest: string): FaultRule => ({
      name: digest,
      method: 'GET',
      path: new RegExp(`blobs/${digest}`),
      fault: { kind: 'reply', when: 'before', status: 404 },
    });
    const host = await faulty(layers.map(gone));
    const { end, log } = await build('tested', { host });
    expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
  });

  test('when the cache cannot be written', async () => {
    const denied: FaultRule = {
      name: 'denied',
      method: 'PUT',
      path: /manifests\/base\.cache-/,
      fault: { kind: 'reply', when: 'before', status: 403 },
    };
    const { end, log } = await build('base', { host: await faulty([denied]) });

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(proxy?.unfired()).toEqual([]);
    expect(log).toContain('403');
    expect(await pushed('base')).toBeDefined();
  });

  test('when an upload fails once', async () => {
    const once: FaultRule = {
      name: 'once',
      method: 'PUT',
      path: /blobs\/uploads/,
      nth: 1,
      fault: { kind: 'reply', when: 'before', status: 503 },
    };
    const { end } = await build('large', { host: await faulty([once]) });

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(proxy?.unfired()).toEqual([]);
  });
});

describe('an image job fails, and leaves nothing behind,', () => {
  test('when the registry fails in the middle of a push', async () => {
    const cut: FaultRule = {
      name: 'cut',
      method: 'PUT',
      path: /blobs\/uploads/,
      fault: { kind: 'cut-request', bytes: 1_000_000 },
    };
    const empty = await startDockerRegistry();
    try {
      const { end } = await build('large', { host: await faulty([cut], empty) });

      expect(end).toMatchObject({
        status: 'FAILED',
        phase: 'BUILD',
        message: expect.stringContaining('failed to push'),
      });
      expect(proxy?.unfired()).toEqual([]);
      expect(
        await headManifest(empty.host, 'candidates', candidateTagOf({ source, service: 'large' })),
      ).toBeUndefined();
    } finally {
      await empty.stop();
    }
  });

  test('when the scanner is gone', async () => {
    const { end } = await build('base', withImage('scanner', `docker.io/docker/buildkit-syft-scanner@${GONE}`));

    expect(end).toMatchObject({
      status: 'FAILED',
      phase: 'BUILD',
      message: expect.stringContaining('buildkit-syft-scanner'),
    });
  });

  test('when BuildKit itself is gone', async () => {
    const { end } = await build('base', withImage('buildkit', `docker.io/moby/buildkit@${GONE}`));

    expect(end).toMatchObject({ status: 'FAILED', phase: 'BUILD' });
  });

  test('when a build hangs until its limit', async () => {
    const { end, seconds } = await build('slow', { timeoutMs: 8_000 });

    expect(end).toEqual({ status: 'TIMED_OUT', phase: 'BUILD', message: 'not done after 8 s' });
    expect(seconds).toBeLessThan(20);
  });

  test('when it is stopped', async () => {
    const { end } = await build('slow', { signal: AbortSignal.timeout(8_000) });

    expect(end).toEqual({ status: 'STOPPED', phase: 'BUILD', message: 'the run was stopped' });
  });

  test('when it is stopped while its builder starts', async () => {
    for (const milliseconds of [600, 800, 1_000, 1_200, 1_400, 1_600, 2_000]) {
      const { end } = await build('slow', { signal: AbortSignal.timeout(milliseconds) });
      expect(end).toMatchObject({ status: 'STOPPED' });
      expect(await jobs.left()).toEqual([]);
    }
  });
});
