import { readJobEnvironment } from '../../../buildspecs/job/job-environment';
import { buildImages } from '../../../core/image/build-images';

const COMPLETE = {
  SERVICE: 'auth',
  INPUT_DIGEST: 'd'.repeat(40),
  CANDIDATE_IMAGE: 'registry.example/candidates:auth.x',
  BASE_IMAGES: '{"digests":{},"images":{},"noCache":false,"cacheScope":"release"}',
  SOURCE_COMMIT: 'c'.repeat(40),
  BASE_MIRRORS: '{}',
  CATALOG_FILE: 'pipeline.yaml',
  RELEASE_NAMESPACE: 'registry.example/team',
};

describe('readJobEnvironment', () => {
  test('returns the variables unchanged', () => {
    expect(readJobEnvironment({ ...COMPLETE, SERVICE: '$(id); --x' })).toEqual({
      service: '$(id); --x',
      inputDigest: 'd'.repeat(40),
      candidate: 'registry.example/candidates:auth.x',
      bases: { digests: {}, images: {}, noCache: false, cacheScope: 'release' },
      commit: 'c'.repeat(40),
      catalogFile: 'pipeline.yaml',
      releases: 'registry.example/team',
      mirrors: {},
      secrets: {},
      buildImages: buildImages(),
    });
  });

  test('returns cache, mirrors and the address of the repository if they are set', () => {
    const env = {
      CACHE_REPOSITORY: 'r.example/cache',
      REPOSITORY_URL: 'https://git.example/x',
      BASE_MIRRORS: '{"docker.io":"m/h"}',
    };
    expect(readJobEnvironment({ ...COMPLETE, ...env })).toMatchObject({
      cacheRepository: 'r.example/cache',
      repositoryUrl: 'https://git.example/x',
      mirrors: { 'docker.io': 'm/h' },
    });
    expect(readJobEnvironment({ ...COMPLETE, CACHE_REPOSITORY: '', REPOSITORY_URL: '' })).not.toHaveProperty(
      'cacheRepository',
    );
  });

  test.each(['no JSON', '[]', '{"docker.io":1}'])('refuses %s as mirrors', (text) => {
    expect(() => readJobEnvironment({ ...COMPLETE, BASE_MIRRORS: text })).toThrow(
      /BASE_MIRRORS: is '.*deploy it again/,
    );
  });

  test('returns the places of secrets, and refuses a value in one without repeating it', () => {
    const read = (places: object) => readJobEnvironment({ ...COMPLETE, BUILD_SECRETS: JSON.stringify(places) });

    expect(read({ npm: 'env:NPM_TOKEN' }).secrets).toEqual({ npm: 'env:NPM_TOKEN' });
    expect(() => read({ npm: 'top-secret' })).toThrow(/BUILD_SECRETS: cannot be read/);
    expect(() => read({ npm: 'top-secret' })).not.toThrow(/top-secret/);
  });

  test('returns the images of the settings, and refuses one without a digest', () => {
    const chosen = buildImages({ buildkit: `registry.example/buildkit@sha256:${'1'.repeat(64)}` });
    const read = (images: object) => readJobEnvironment({ ...COMPLETE, BUILD_IMAGES: JSON.stringify(images) });

    expect(read(chosen).buildImages).toEqual(chosen);
    expect(() => read({ ...chosen, emulators: 'docker.io/tonistiigi/binfmt:latest' })).toThrow(/BUILD_IMAGES: is '/);
  });

  test('names all missing variables at once', () => {
    const { SERVICE: _service, CATALOG_FILE: _file, ...rest } = COMPLETE;
    expect(() => readJobEnvironment({ ...rest, INPUT_DIGEST: '' })).toThrow(/SERVICE, INPUT_DIGEST, CATALOG_FILE/);
  });

  test.each([
    ['no JSON', 'python:3.12', /BASE_IMAGES/],
    ['a tag in place of a digest', '{"digests":{"python:3.12":"latest"},"images":{}}', /python:3\.12: must be sha256/],
    ['an image from nowhere', '{"digests":{},"images":{"base":{"kind":"found"}}}', /BASE_IMAGES\.images\.base/],
    ['of a cache scope that is none', '{"digests":{},"images":{},"noCache":false,"cacheScope":"a,b"}', /cacheScope/],
    ['an option as a tag', '{"digests":{},"images":{"base":{"kind":"candidate","tag":"--all"}}}', /must be a tag/],
  ])('refuses base images that are %s', (_, text, message) => {
    expect(() => readJobEnvironment({ ...COMPLETE, BASE_IMAGES: text })).toThrow(message);
  });
});
