/** `buildspecs/image.yml` on the newest BuildKit: base images, caches, attestations, labels, platforms, tests and logins. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleSource } from '../../local/build/embedded/sample-source';
import { startDockerRegistry } from '../../support/registry/docker-registry';
import { missingParts, snapshotTags } from '../../support/registry/registry-snapshot';
import { type BuildkitJobs, candidateTagOf, type JobRequest, openBuildkitJobs } from './buildkit-jobs';
import { readPushedImage } from './pushed-image';
import { HUNGRY_BYTES, makeShopSource } from './shop-source';

/** Of the user AWS, with the password of the program `aws`. */
const HTPASSWD = 'AWS:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

const EMULATORS = '/proc/sys/fs/binfmt_misc';

let jobs: BuildkitJobs;
let source: SampleSource;
beforeAll(async () => {
  jobs = await openBuildkitJobs();
  source = await makeShopSource(jobs.programs);
}, 3_600_000);
afterAll(async () => {
  source?.remove();
  await jobs?.close();
});
afterEach(async () => expect(await jobs.left()).toEqual([]));

/** Runs the job of a service with the base images of its plan. */
function build(service: string, request: Partial<JobRequest> = {}) {
  const images = { base: { kind: 'candidate', tag: `base.${source.digests.get('base')}` } } as const;
  const bases = { digests: { 'tools:1': jobs.images.tools }, images, ...request.bases };
  return jobs.run({ source, service, ...request, bases });
}

const candidate = (service: string) =>
  readPushedImage(jobs.registry.host, 'candidates', candidateTagOf({ source, service }));
const tags = async () => [...(await snapshotTags(jobs.registry.host, ['candidates'])).keys()];

/** The instructions of a log that BuildKit ran, and those that it took from the cache. */
function instructions(log: string): { readonly run: readonly string[]; readonly cached: readonly string[] } {
  const names = new Map(
    [...log.matchAll(/^#(\d+) \[(?:[\w-]+ )?\d+\/\d+\] (.+)$/gm)].map(([, step, name]) => [step, name]),
  );
  const cached = [...log.matchAll(/^#(\d+) CACHED$/gm)].map(([, step]) => names.get(step) ?? '');
  return { run: [...names.values()].filter((name): name is string => !cached.includes(name ?? '')), cached };
}

describe('an image job on the newest BuildKit', () => {
  test('builds from the mirror and from another image of the catalog, and gives the image its labels', async () => {
    expect(await build('base')).toMatchObject({ end: { status: 'SUCCEEDED' } });
    const { end, log } = await build('app');

    expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
    expect(log).toContain(`docker-image://docker.io/docker/dockerfile:1@${jobs.images.frontend}`);
    const tag = candidateTagOf({ source, service: 'app' });
    expect(await missingParts(jobs.registry.host, 'candidates', tag)).toEqual([]);
    const [base, app] = [await candidate('base'), await candidate('app')];
    expect(app.images[0]?.layers).toEqual(expect.arrayContaining([...(base.images[0]?.layers ?? [])]));
    expect(app.images[0]?.labels).toEqual({
      'image-pipeline.bases': JSON.stringify({ 'tools:1': jobs.images.tools }),
      'image-pipeline.input-digest': source.digests.get('app'),
      'org.opencontainers.image.revision': source.commit,
      'org.opencontainers.image.source': 'https://git.example/shop',
    });
  });

  test('attests what is in the image and how it was built', async () => {
    const { images, statements } = await candidate('app');
    const [image] = images;

    const about = (type: RegExp) => statements.find(({ predicateType }) => type.test(predicateType));
    const [sbom, provenance] = [about(/spdx/), about(/slsa/)];
    for (const statement of [sbom, provenance]) {
      expect(statement?.subject[0]?.digest.sha256).toBe(image?.digest.replace('sha256:', ''));
    }
    expect(JSON.stringify(sbom?.predicate)).toContain('"name":"buildkit"');
    const text = JSON.stringify(provenance?.predicate);
    for (const digest of [jobs.images.tools, jobs.images.frontend]) expect(text).toContain(digest.slice(7));
  });

  test('takes every instruction from the cache on a fresh BuildKit, and gives the same image', async () => {
    const before = await candidate('app');
    const { end, log, exported } = await build('app');

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(instructions(log).cached).toContain('RUN cat /in.txt > /out.txt');
    expect((await candidate('app')).images).toEqual(before.images);
    expect(exported.JOB_PARTS).toMatch(/^cacheImport=\d+\.\d push=\d+\.\d memory=\d+ cpu=\d+\.\d$/);
  });

  test('reads the cache of releases in a scope of its own, and writes only its own', async () => {
    const before = await snapshotTags(jobs.registry.host, ['candidates']);
    const { end, log } = await build('app', { bases: { cacheScope: 'feature0' } });

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(instructions(log).cached).toContain('RUN cat /in.txt > /out.txt');
    const after = await snapshotTags(jobs.registry.host, ['candidates']);
    expect(after.get('candidates:app.cache-feature0')).toBeDefined();
    expect(after.get('candidates:app.cache-release')).toBe(before.get('candidates:app.cache-release'));
  });

  test('reads no cache if it may not', async () => {
    const { end, log } = await build('app', { bases: { noCache: true } });

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(log).not.toMatch(/CACHED|importing cache/);
  });

  test('pushes an image for two platforms under one tag', async () => {
    const { end } = await build('copied', { variables: { CACHE_REPOSITORY: '' } });

    expect(end).toEqual({ status: 'SUCCEEDED' });
    const { images, statements } = await candidate('copied');
    expect(images.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(statements).toHaveLength(4);
  });

  test('runs commands of a platform that the machine has not, after it installed the emulator', async () => {
    const without = await build('emulated', { variables: { CACHE_REPOSITORY: '' } });
    // The kernel keeps emulators as long as their file system is mounted anywhere.
    const isMounted = existsSync(`${EMULATORS}/status`);
    if (!isMounted) execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', EMULATORS]);
    try {
      const { end, log } = await build('emulated');

      // Some machines have an emulator anyway, by the package that this one's comes from.
      if (!existsSync(`${EMULATORS}/qemu-aarch64`)) expect(without.log).toContain('exec format error');
      expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
      expect(log).toMatch(/this is amd64/);
      expect(log).toMatch(/this is arm64/);
    } finally {
      const image = `${jobs.registry.host}/hub/tonistiigi/binfmt@${jobs.images.emulators}`;
      await jobs.docker('run', '--privileged', '--rm', image, '--uninstall', 'arm64');
      if (!isMounted) execFileSync('umount', [EMULATORS]);
    }
  });

  test('runs the tests of an image before it is pushed', async () => {
    const { end, log } = await build('tested');

    expect(end).toEqual({ status: 'SUCCEEDED' });
    expect(log.indexOf('[tests 1/1] RUN cat /a')).toBeLessThan(log.indexOf('pushing manifest'));
    expect((await candidate('tested')).images).toHaveLength(1);
  });

  test('tells tests that fail from a build that fails, and pushes neither image', async () => {
    const [failing, broken] = [await build('failing'), await build('broken')];

    expect(failing).toMatchObject({ end: { status: 'FAILED', message: 'exit code 86: the tests failed' } });
    expect(failing.log).toContain('expected 4');
    expect(broken).toMatchObject({
      end: { status: 'FAILED', message: expect.stringMatching(/^exit code 1: .*cat \/missing/) },
    });
    expect((await tags()).join(' ')).not.toMatch(/failing|broken/);
  });

  test('measures memory and CPU of what builds run, and tells a build that was killed from one that failed', async () => {
    const used = async (service: string) => {
      const { end, exported, log } = await build(service);
      expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
      const [, memory, cpu] = /memory=(\d+) cpu=(\d+\.\d)$/.exec(exported.JOB_PARTS ?? '') ?? [];
      return { memory: Number(memory), cpu: Number(cpu) };
    };
    const [hungry, busy] = [await used('hungry'), await used('busy')];

    expect(hungry.memory).toBeGreaterThan(HUNGRY_BYTES);
    expect(hungry.memory).toBeLessThan(HUNGRY_BYTES + 400e6);
    expect(hungry.memory - busy.memory).toBeGreaterThan(HUNGRY_BYTES - 200e6);
    expect(busy.cpu).toBeGreaterThanOrEqual(3);
    expect(busy.cpu).toBeLessThan(20);
    expect(await build('killed')).toMatchObject({
      end: { status: 'FAILED', message: 'exit code 137: the machine has too little memory for this build' },
    });
  });

  test('logs in to a registry with a password', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'login-'));
    writeFileSync(join(folder, 'htpasswd'), HTPASSWD);
    const registry = await startDockerRegistry({
      auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
    });
    try {
      const { host } = registry;
      expect(await build('base', { host })).toMatchObject({ end: { status: 'FAILED' } });
      const { end, log } = await build('base', { host, variables: { LOGIN_REGISTRY: host } });
      expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' }, log: expect.not.stringContaining('secret') });
    } finally {
      await registry.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('several images on one machine', () => {
  const request = (service: string, part: Partial<JobRequest> = {}): JobRequest => ({
    source,
    service,
    bases: { digests: { 'tools:1': jobs.images.tools } },
    ...part,
  });
  const candidateOf = (service: string) => `candidates:${candidateTagOf({ source, service })}`;

  test('builds each image with its attestations, labels and cache, as if it were alone', async () => {
    const { end, log, exported } = await jobs.runTogether([request('tested'), request('base')]);

    expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
    expect(await tags()).toEqual(expect.arrayContaining([candidateOf('tested'), candidateOf('base')]));
    for (const service of ['tested', 'base']) {
      const { images, statements } = await readPushedImage(
        jobs.registry.host,
        'candidates',
        candidateTagOf({ source, service }),
      );
      expect(images[0]?.labels).toMatchObject({ 'image-pipeline.input-digest': source.digests.get(service) });
      expect(statements).toHaveLength(2);
      expect(await tags()).toContain(`candidates:${service}.cache-release`);
    }
    expect(exported.JOB_PARTS).toMatch(
      /^tested:\d+ (cacheImport=\S+ )?push=\d+\.\d;base:\d+ (cacheImport=\S+ )?push=\d+\.\d;$/,
    );
  });

  test('a failed test, a broken Dockerfile and a build that hangs leave the other images alone', async () => {
    const slow = request('slow', { timeoutMs: 30_000 });
    const { end, log } = await jobs.runTogether([slow, request('failing'), request('broken'), request('copied')]);

    expect(end).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('now built alone: slow failing broken'),
    });
    expect(log).toMatch(/^failing \| .*expected 4$/m);
    expect(log).toContain('failing | not built: exit status 86 ');
    expect(log).toMatch(/^broken \| not built: exit status (?!86|124)\d+ /m);
    expect(log).toContain('slow | not built: exit status 124 ');
    expect(log).toContain('copied | built');
    const found = await tags();
    expect(found).toContain(candidateOf('copied'));
    for (const service of ['slow', 'failing', 'broken']) expect(found).not.toContain(candidateOf(service));
  });

  test('is stopped with all of its builds', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20_000);

    const { end } = await jobs.runTogether([request('slow', { signal: stop.signal }), request('large')]);

    expect(end).toMatchObject({ status: 'STOPPED' });
    expect(await tags()).not.toContain(candidateOf('slow'));
  });
});
