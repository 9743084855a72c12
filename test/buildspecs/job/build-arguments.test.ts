import fc from 'fast-check';
import { buildArguments } from '../../../buildspecs/job/build-arguments';
import type { Service } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';

const JOB = { candidate: 'registry.example/candidates:auth.abc', inputDigest: 'abc', commit: 'c0ffee' };

function service(part: Partial<Service> = {}): Service {
  const [first] = parseCatalog(
    'platform: v1.4.0\nservices:\n  auth: { path: services/auth, context: services/auth }\n',
  ).services;
  if (first === undefined) throw new Error('no service');
  return { ...first, ...part };
}

describe('buildArguments', () => {
  test('names Dockerfile, tag, label and context, all below the source folder', () => {
    expect(buildArguments(service(), JOB, 'source')).toEqual([
      '--progress=plain',
      '--tag=registry.example/candidates:auth.abc',
      '--label=image-pipeline.input-digest=abc',
      '--label=org.opencontainers.image.revision=c0ffee',
      '--file=source/services/auth/Dockerfile',
      '--',
      'source/services/auth',
    ]);
  });

  test('the root of the repository is the source folder itself', () => {
    expect(buildArguments(service({ context: '' }), JOB, 'source').at(-1)).toBe('source');
  });

  test('name further contexts by their folders, that of the repository included', () => {
    const asked = service({ contexts: { shared: 'libs/shared', all: '' } });

    expect(buildArguments(asked, JOB, '/source')).toEqual(
      expect.arrayContaining(['--build-context=shared=/source/libs/shared', '--build-context=all=/source']),
    );
  });

  test('contain build arguments, target and platform', () => {
    const asked = service({ buildArgs: { A: '1=2', B: '' }, target: 'final', platforms: ['linux/arm64'] });

    expect(buildArguments(asked, JOB, 'source')).toEqual(
      expect.arrayContaining(['--build-arg=A=1=2', '--build-arg=B=', '--target=final', '--platform=linux/arm64']),
    );
  });

  test('no value becomes an option of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, path) => {
        fc.pre(!value.includes('\0') && !path.includes('\0'));
        const plain = buildArguments(service({ buildArgs: { A: '' } }), JOB, 'source');
        const list = buildArguments(service({ buildArgs: { A: value }, context: path }), JOB, 'source');
        expect(list).toHaveLength(plain.length);
        expect(list).toContain(`--build-arg=A=${value}`);
        expect(list.at(-1)).toMatch(/^source/);
      }),
    );
  });

  test('refuses a value that would end its argument', () => {
    const hostile = service({ buildArgs: { A: 'x\0--network=host' } });
    expect(() => buildArguments(hostile, JOB, 'source')).toThrow(/NUL character/);
  });

  test('asks for all platforms at once', () => {
    const asked = service({ platforms: ['linux/amd64', 'linux/arm64'] });
    expect(buildArguments(asked, JOB, 'source')).toContain('--platform=linux/amd64,linux/arm64');
  });

  test('labels the image with repository and base images if there are any', () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const order = { ...JOB, repositoryUrl: 'https://git.example/shop', builtFrom: { nginx: digest } };

    expect(buildArguments(service(), order, 'source').filter((argument) => argument.startsWith('--label='))).toEqual([
      '--label=image-pipeline.input-digest=abc',
      '--label=org.opencontainers.image.revision=c0ffee',
      '--label=org.opencontainers.image.source=https://git.example/shop',
      `--label=image-pipeline.bases={"nginx":"${digest}"}`,
    ]);
  });

  test('puts further options before the context, which stays last', () => {
    expect(buildArguments(service(), JOB, 'source', ['--push']).slice(-3)).toEqual([
      '--push',
      '--',
      'source/services/auth',
    ]);
  });
});
