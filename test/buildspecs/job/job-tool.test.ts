/** The job tool on a source archive unpacked by tar, as the buildspec does. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJobTool } from '../../../buildspecs/job/bundle';
import { jobTool } from '../../../buildspecs/job/job-tool';
import { pathWithin } from '../../../buildspecs/job/read-source';
import type { ImageOrigin } from '../../../core/contract/image';
import type { JobBases } from '../../../core/contract/job';
import { makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';

let source: SampleSource;
let directory: string;

beforeAll(async () => {
  source = await makeSampleSource();
});
afterAll(() => source.remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'job-tool-'));
  mkdirSync(join(directory, 'source'));
  const archive = source.archive;
  execFileSync('tar', ['--extract', '--gzip', '--file', archive, '--directory', join(directory, 'source')]);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function environment(service: string, part: Record<string, string> = {}) {
  return {
    SERVICE: service,
    INPUT_DIGEST: source.digests.get(service) ?? 'none',
    CANDIDATE_IMAGE: 'registry.example/candidates:x',
    BASE_IMAGES: '{"digests":{},"images":{},"noCache":false,"cacheScope":"release"}',
    SOURCE_COMMIT: source.commit,
    BASE_MIRRORS: '{}',
    CATALOG_FILE: 'pipeline.yaml',
    RELEASE_NAMESPACE: 'registry.example/team',
    ...part,
  };
}

const prepare = (env: Record<string, string>, buildx = 'no-buildx', ownCpu = 'x64') =>
  jobTool(['prepare', join(directory, 'source'), join(directory, 'job'), buildx], env, ownCpu);
const listOf = (file: string) => readFileSync(join(directory, 'job', file), 'utf8').split('\0');

describe('prepare', () => {
  test.each(['auth', 'chat'])('finds for %s the input digest that was planned from git', async (service) => {
    await expect(prepare(environment(service))).resolves.toMatch(/as planned, over \d+ files/);
  });

  test('writes arguments with unchanged values, each ended by NUL', async () => {
    await prepare(environment('chat'));

    expect(listOf('arguments')).toContain('--build-arg=GREETING=a b $(id)');
    expect(listOf('arguments').at(-1)).toBe('');
    expect(listOf('base-images')).toEqual(['']);
  });

  test('uses the planned content of a catalog image', async () => {
    await prepare(environment('child'));

    const digest = source.digests.get('base');
    expect(listOf('base-images')).toEqual([
      'registry.example/team/base:v9',
      `registry.example/candidates:base.${digest}`,
      `registry.example/team/base:in-${digest}`,
      '',
      '',
    ]);
  });

  const DIGEST = `sha256:${'1'.repeat(64)}`;
  const basesFor = (part: Partial<JobBases>) => ({
    BASE_IMAGES: JSON.stringify({
      digests: {},
      images: {},
      noCache: false,
      cacheScope: 'release',
      ...part,
    } satisfies JobBases),
  });

  test.each<[string, ImageOrigin, (digest?: string) => readonly string[]]>([
    [
      'a candidate with a tag of its own, and nowhere else',
      { kind: 'candidate', tag: 'base.salted' },
      () => ['registry.example/candidates:base.salted', 'registry.example/candidates:base.salted'],
    ],
    [
      'a released image by its digest, else by its content',
      { kind: 'released', reference: DIGEST },
      (digest) => [`registry.example/team/base@${DIGEST}`, `registry.example/team/base:in-${digest}`],
    ],
    [
      'a released image by a tag',
      { kind: 'released', reference: 'in-key' },
      (digest) => ['registry.example/team/base:in-key', `registry.example/team/base:in-${digest}`],
    ],
  ])('pulls a catalog image from its place in the plan: %s', async (_, origin, places) => {
    await prepare(environment('child', basesFor({ images: { base: origin } })));
    expect(listOf('base-images').slice(1, 3)).toEqual(places(source.digests.get('base')));
  });

  test('labels an image with the base images of the plan, if it has any', async () => {
    await prepare(environment('child', basesFor({ digests: { nginx: DIGEST } })));
    expect(listOf('arguments')).toContain(`--label=image-pipeline.bases={"nginx":"${DIGEST}"}`);

    await prepare(environment('auth', basesFor({ digests: {} })));
    expect(listOf('arguments').filter((argument) => argument.includes('image-pipeline.bases'))).toEqual([]);
  });

  test('builds without a cache if an image is rebuilt because of its age', async () => {
    await prepare(environment('auth', basesFor({ noCache: true })));
    expect(listOf('arguments')).toContain('--no-cache');
    await prepare(environment('auth'));
    expect(listOf('arguments')).not.toContain('--no-cache');
  });

  const CACHED = { CACHE_REPOSITORY: 'registry.example/candidates' };

  test('uses a builder with the cache of its scope if caches are in a registry and buildx is installed', async () => {
    const said = await prepare(environment('chat', { ...CACHED, ...basesFor({ cacheScope: 'abc' }) }), 'buildx');

    expect(said).toContain('builder: a BuildKit of its own, for the build cache is in the registry');
    expect(listOf('builder')).toContain('--driver=docker-container');
    expect(listOf('arguments')).toEqual(
      expect.arrayContaining([
        '--cache-from=type=registry,ref=registry.example/candidates:chat.cache-release',
        expect.stringMatching(/^--cache-to=type=registry,ref=registry\.example\/candidates:chat\.cache-abc,mode=max,/),
        '--push',
      ]),
    );
  });

  test.each([
    ['no buildx', CACHED, 'no-buildx', /no build cache, no SBOM and no provenance/],
    ['no cache in a registry', {}, 'buildx', /keeps its own cache on this machine/],
  ])('uses the engine with %s, and logs the reason', async (_, part, buildx, why) => {
    expect(await prepare(environment('chat', part), buildx)).toMatch(why);
    expect(listOf('builder')).toEqual(['']);
    expect(listOf('arguments')).not.toContain('--push');
  });

  test('configures BuildKit with the mirrors for its own pulls', async () => {
    await prepare(environment('chat', { BASE_MIRRORS: '{"docker.io":"mirror.example/hub"}' }));
    expect(readFileSync(join(directory, 'job/buildkitd.toml'), 'utf8')).toBe(
      '[registry."docker.io"]\n  mirrors = ["mirror.example/hub"]\n',
    );
  });

  test('refuses a source in which an input was changed', async () => {
    appendFileSync(join(directory, 'source/tools/lib.py'), 'changed\n');
    await expect(prepare(environment('auth'))).rejects.toMatchObject({
      name: 'InputDigestMismatch',
      message: expect.stringContaining(`the plan said ${source.digests.get('auth')}; nothing was built`),
    });
  });

  test('refuses a source in which only the executable bit was changed', async () => {
    chmodSync(join(directory, 'source/services/auth/run.sh'), 0o644);
    await expect(prepare(environment('auth'))).rejects.toThrow(/nothing was built/);
  });

  test('accepts a change in files that the build does not read', async () => {
    appendFileSync(join(directory, 'source/unrelated/file.txt'), 'changed\n');
    await expect(prepare(environment('auth'))).resolves.toContain('as planned');
  });

  test('refuses a service that the source does not have', async () => {
    await expect(prepare(environment('$(id)'))).rejects.toThrow("the source has no service '$(id)'");
  });

  test('names the missing file if there is no catalog', async () => {
    await expect(prepare(environment('auth', { CATALOG_FILE: 'no.yaml' }))).rejects.toThrow(
      /the source has no catalog:\n {2}no\.yaml/,
    );
  });

  test('writes nothing for the buildspec if it refuses', async () => {
    await expect(prepare(environment('auth', { INPUT_DIGEST: 'f'.repeat(40) }))).rejects.toThrow();
    expect(existsSync(join(directory, 'job'))).toBe(false);
  });
});

describe('pathWithin', () => {
  test('is the real path of a file in the source, through links within it', async () => {
    const path = join(directory, 'source/services/auth');
    await expect(pathWithin(join(directory, 'source'), 'services/auth/link')).resolves.toBe(join(path, 'main.py'));
  });

  test('refuses a symbolic link that leads out of the source', async () => {
    symlinkSync('/etc', join(directory, 'source/services/etc'));
    await expect(pathWithin(join(directory, 'source'), 'services/etc/hostname')).rejects.toThrow(
      /services\/etc\/hostname: leads out of the source by a symbolic link/,
    );
  });
});

describe('the command line', () => {
  test.each([
    [[]],
    [['prepare', 'a', 'b']],
    [['check', 'a', 'b', 'buildx']],
    [['prepare', 'a', 'b', 'c']],
    [['prepare', 'a', 'b', 'buildx', 'c']],
  ])('%j is answered with the usage', async (argv) => {
    await expect(jobTool(argv, {}, 'x64')).rejects.toThrow(/use: prepare SOURCE OUT buildx\|no-buildx/);
  });

  test('works as one bundled file, and fails with a message and exit code 1', async () => {
    const tool = join(directory, 'job-tool.cjs');
    await bundleJobTool(tool);
    const run = (env: Record<string, string>) =>
      execFileSync(process.execPath, [tool, 'prepare', 'source', 'job', 'no-buildx'], {
        cwd: directory,
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      });

    expect(run(environment('auth'))).toContain('as planned');
    expect(() => run(environment('auth', { INPUT_DIGEST: 'f'.repeat(40) }))).toThrow(
      expect.objectContaining({ status: 1, stderr: expect.stringMatching(/^the input digest of auth/) }),
    );
  });
});
