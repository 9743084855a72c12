/** What BuildKit is asked for: cache by trust, attestations, emulators. */
import { builderArguments, buildkitOptions, emulationArguments } from '../../../buildspecs/job/buildkit';
import { buildImages } from '../../../core/image/build-images';
import { cacheScope } from '../../../core/planning/build-jobs';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { BranchRule } from '../../../core/settings/schema';

const { branches } = parseSettings({
  git: { host: 'github', repository: 'example/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'candidates' },
});
const IMAGES = buildImages();
const SBOM = `--attest=type=sbom,generator=${IMAGES.sbomScanner}`;
const jobFor = (candidate: string, mirrors = {}) => ({ candidate, mirrors, buildImages: IMAGES });
const CACHE = { repository: 'registry.example/candidates', scope: 'feature0', service: 'auth' };

describe('the build cache', () => {
  test('is read from its own scope and from releases, and written to its own in the media types of ECR', () => {
    expect(buildkitOptions(CACHE, false, IMAGES)).toEqual([
      '--cache-from=type=registry,ref=registry.example/candidates:auth.cache-feature0',
      '--cache-from=type=registry,ref=registry.example/candidates:auth.cache-release',
      '--cache-to=type=registry,ref=registry.example/candidates:auth.cache-feature0,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true',
      '--provenance=mode=max',
      SBOM,
      '--push',
    ]);
  });

  test('of releases is written and read by releases alone', () => {
    const options = buildkitOptions({ ...CACHE, scope: 'release' }, false, IMAGES);
    expect(options.filter((option) => option.startsWith('--cache'))).toEqual([
      '--cache-from=type=registry,ref=registry.example/candidates:auth.cache-release',
      expect.stringMatching(/^--cache-to=type=registry,ref=registry\.example\/candidates:auth\.cache-release,/),
    ]);
  });

  test('that a branch writes is not read by other branches, unless it may release', () => {
    const places = (branch: BranchRule, option: string) =>
      buildkitOptions({ ...CACHE, scope: cacheScope(branch) }, false, IMAGES)
        .filter((each) => each.startsWith(option))
        .map((each) => /ref=([^,]+)/.exec(each)?.[1]);
    const readers = (writer: BranchRule) =>
      branches.filter((reader) => places(reader, '--cache-from').includes(places(writer, '--cache-to')[0]));

    expect(branches.map((writer) => [writer.branch, readers(writer).map(({ branch }) => branch)])).toEqual([
      ['main', ['main', 'develop', 'feature/*', 'hotfix/*']],
      ['develop', ['develop']],
      ['feature/*', ['feature/*']],
      ['hotfix/*', ['hotfix/*']],
    ]);
  });

  test('is not read by a rebuild because of age, and replaced by it', () => {
    const options = buildkitOptions(CACHE, true, IMAGES).filter((option) => option.startsWith('--cache'));
    expect(options).toEqual([expect.stringMatching(/^--cache-to=/)]);
  });

  test('is left to the builder if there is none in a registry', () => {
    expect(buildkitOptions(undefined, false, IMAGES)).toEqual(['--provenance=mode=max', SBOM, '--push']);
  });
});

test('no Dockerfile can use the network of the machine or rights of the builder', () => {
  expect(buildkitOptions(CACHE, false, IMAGES).filter((option) => option.startsWith('--allow'))).toEqual([]);
  expect(builderArguments(jobFor('registry.example/c:x'), 'c').filter((option) => option.includes('flags'))).toEqual(
    [],
  );
});

describe('the builder', () => {
  const optionsFor = (candidate: string, mirrors = {}) =>
    builderArguments(jobFor(candidate, mirrors), 'job/buildkitd.toml');

  test('is one image, named by its digest, on a network of its own', () => {
    expect(optionsFor('registry.example/candidates:auth.x')).toEqual([
      '--driver=docker-container',
      `--driver-opt=image=${IMAGES.buildkit}`,
      '--buildkitd-config=job/buildkitd.toml',
      '--bootstrap',
    ]);
  });

  test('comes from the mirror of Docker Hub if there is one', () => {
    expect(optionsFor('registry.example/c:x', { 'docker.io': 'mirror.example/hub' })[1]).toMatch(
      /^--driver-opt=image=mirror\.example\/hub\/moby\/buildkit@sha256:/,
    );
  });

  test.each(['127.0.0.1:5000/c:x', 'localhost:5000/c:x'])('for %s is on the network of the machine', (candidate) => {
    expect(optionsFor(candidate)).toContain('--driver-opt=network=host');
  });
});

test('builder, emulators and scanner are those of the settings', () => {
  const chosen = (name: string) => `registry.example/own/${name}@sha256:${'7'.repeat(64)}`;
  const images = { buildkit: chosen('b'), emulators: chosen('e'), sbomScanner: chosen('s') };
  const job = { ...jobFor('registry.example/c:x'), buildImages: images };

  expect(builderArguments(job, 'c')).toContain(`--driver-opt=image=${images.buildkit}`);
  expect(emulationArguments({ platforms: ['linux/s390x'] }, job, 'x64')).toContain(images.emulators);
  expect(buildkitOptions(undefined, false, images)).toContain(`--attest=type=sbom,generator=${images.sbomScanner}`);
});

describe('emulation', () => {
  const argumentsFor = (platforms: readonly string[], cpu: string, mirrors = {}) =>
    emulationArguments({ platforms }, { mirrors, buildImages: IMAGES }, cpu);

  test.each([
    [[], 'x64'],
    [['linux/amd64', 'linux/386'], 'x64'],
    [['linux/arm64'], 'arm64'],
  ])('of %j on %s is not needed', (platforms, cpu) => {
    expect(argumentsFor(platforms, cpu)).toEqual([]);
  });

  test.each([
    [['linux/amd64', 'linux/arm64', 'linux/arm/v7'], 'x64', 'arm64,arm'],
    [['linux/amd64', 'linux/arm64'], 'arm64', 'amd64'],
  ])('of %j on %s is for %s', (platforms, cpu, foreign) => {
    const [privileged, remove, image, ...rest] = argumentsFor(platforms, cpu, { 'docker.io': 'mirror.example/hub' });
    expect([privileged, remove, ...rest]).toEqual(['--privileged', '--rm', '--install', foreign]);
    expect(image).toMatch(/^mirror\.example\/hub\/tonistiigi\/binfmt@sha256:[0-9a-f]{64}$/);
  });
});
