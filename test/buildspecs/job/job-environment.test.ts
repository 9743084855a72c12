import { readJobEnvironment } from '../../../buildspecs/job/job-environment';

const COMPLETE = {
  SERVICE: 'auth',
  INPUT_DIGEST: 'd'.repeat(40),
  CANDIDATE_IMAGE: 'registry.example/candidates:auth.x',
  CATALOG_FILE: 'pipeline.yaml',
  RELEASE_NAMESPACE: 'registry.example/team',
};

describe('readJobEnvironment', () => {
  test('takes the variables as they are', () => {
    expect(readJobEnvironment({ ...COMPLETE, SERVICE: '$(id); --x' })).toEqual({
      service: '$(id); --x',
      inputDigest: 'd'.repeat(40),
      candidate: 'registry.example/candidates:auth.x',
      catalogFile: 'pipeline.yaml',
      releases: 'registry.example/team',
    });
  });

  test('names all missing variables at once', () => {
    const { SERVICE: _service, CATALOG_FILE: _file, ...rest } = COMPLETE;
    expect(() => readJobEnvironment({ ...rest, INPUT_DIGEST: '' })).toThrow(/SERVICE, INPUT_DIGEST, CATALOG_FILE/);
  });
});
