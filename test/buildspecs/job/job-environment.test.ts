import { readJobEnvironment } from '../../../buildspecs/job/job-environment';

const COMPLETE = {
  SERVICE: 'auth',
  INPUT_DIGEST: 'd'.repeat(40),
  CANDIDATE_IMAGE: 'registry.example/candidates:auth.x',
  BASE_IMAGES: '{"digests":{},"images":{},"noCache":false}',
  CATALOG_FILE: 'pipeline.yaml',
  RELEASE_NAMESPACE: 'registry.example/team',
};

describe('readJobEnvironment', () => {
  test('takes the variables as they are', () => {
    expect(readJobEnvironment({ ...COMPLETE, SERVICE: '$(id); --x' })).toEqual({
      service: '$(id); --x',
      inputDigest: 'd'.repeat(40),
      candidate: 'registry.example/candidates:auth.x',
      bases: { digests: {}, images: {}, noCache: false },
      catalogFile: 'pipeline.yaml',
      releases: 'registry.example/team',
    });
  });

  test('names all missing variables at once', () => {
    const { SERVICE: _service, CATALOG_FILE: _file, ...rest } = COMPLETE;
    expect(() => readJobEnvironment({ ...rest, INPUT_DIGEST: '' })).toThrow(/SERVICE, INPUT_DIGEST, CATALOG_FILE/);
  });

  test.each([
    ['no JSON', 'python:3.12', /BASE_IMAGES/],
    [
      'a tag in the place of a digest',
      '{"digests":{"python:3.12":"latest"},"images":{}}',
      /python:3\.12: must be sha256/,
    ],
    ['an image from nowhere', '{"digests":{},"images":{"base":{"kind":"found"}}}', /BASE_IMAGES\.images\.base/],
    ['an option as a tag', '{"digests":{},"images":{"base":{"kind":"candidate","tag":"--all"}}}', /must be a tag/],
  ])('refuses base images that are %s', (_, text, message) => {
    expect(() => readJobEnvironment({ ...COMPLETE, BASE_IMAGES: text })).toThrow(message);
  });
});
