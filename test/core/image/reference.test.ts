/** Image references: what is read is what is printed, and what is wrong is named. */
import fc from 'fast-check';
import {
  type ImageReference,
  isDigest,
  isHost,
  isRepository,
  isTag,
  parseReference,
  printReference,
} from '../../../core/image/reference';

const DIGEST = `sha256:${'a1'.repeat(32)}`;

describe('parseReference', () => {
  const cases: readonly (readonly [string, ImageReference])[] = [
    ['restapi', { host: 'docker.io', repository: 'library/restapi' }],
    ['acme/restapi:v1', { host: 'docker.io', repository: 'acme/restapi', tag: 'v1' }],
    ['docker.io/restapi', { host: 'docker.io', repository: 'library/restapi' }],
    ['index.docker.io/acme/restapi', { host: 'docker.io', repository: 'acme/restapi' }],
    ['registry-1.docker.io/acme/restapi', { host: 'docker.io', repository: 'acme/restapi' }],
    ['localhost/restapi:v1', { host: 'localhost', repository: 'restapi', tag: 'v1' }],
    ['localhost:5000/a/b/c', { host: 'localhost:5000', repository: 'a/b/c' }],
    ['127.0.0.1:5000/restapi:v1', { host: '127.0.0.1:5000', repository: 'restapi', tag: 'v1' }],
    ['[::1]:5000/restapi', { host: '[::1]:5000', repository: 'restapi' }],
    [`ghcr.io/acme/restapi@${DIGEST}`, { host: 'ghcr.io', repository: 'acme/restapi', digest: DIGEST }],
    [`ghcr.io/acme/restapi:v1@${DIGEST}`, { host: 'ghcr.io', repository: 'acme/restapi', tag: 'v1', digest: DIGEST }],
  ];

  test.each(cases)('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /not a repository/],
    ['Acme/restapi', /'Acme\/restapi' is not a repository/],
    ['ghcr.io/', /'' is not a repository/],
    ['ghcr.io/acme/../etc', /not a repository/],
    ['ghcr.io/acme//x', /not a repository/],
    ['ghcr.io/acme/x:', /'' is not a tag/],
    ['ghcr.io/acme/x:v1/y', /not a repository/],
    [`ghcr.io/acme/x:${'v'.repeat(129)}`, /is not a tag; use at most 128/],
    ['ghcr.io/acme/x@sha256:abc', /'sha256:abc' is not a digest/],
    [`ghcr.io/acme/x@sha256:${'A'.repeat(64)}`, /is not a digest/],
    ['https://ghcr.io/acme/x', /'https:' is not a host name/],
    ['user@ghcr.io/acme/x', /is not a digest/],
    ['ghcr.io:port/acme/x', /'ghcr.io:port' is not a host name/],
    ['acme/x y', /not a repository/],
    ['acme/x;id', /not a repository/],
    ['acme/$(id)', /not a repository/],
  ];

  test.each(wrong)('refuses %j', (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
  });

  test('names all that is wrong at once', () => {
    const text = `GHCR!.io/${'X'.repeat(500)}:${'!'}@md5:1`;

    const read = () => parseReference(text);

    expect(read).toThrow(/not a repository[\s\S]*not a tag[\s\S]*not a digest/);
  });
});

const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8}){0,2}$/);
const reference: fc.Arbitrary<ImageReference> = fc.record(
  {
    host: fc.constantFrom('docker.io', 'ghcr.io', '127.0.0.1:5000', 'registry.example.com:443', '[::1]:5000'),
    repository: fc.array(part, { minLength: 2, maxLength: 5 }).map((parts) => parts.join('/')),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/),
    digest: fc.stringMatching(/^sha256:[a-f0-9]{64}$/),
  },
  { requiredKeys: ['host', 'repository'] },
);

test('what is printed is read back', () => {
  fc.assert(fc.property(reference, (one) => expect(parseReference(printReference(one))).toEqual(one)));
});

test('any text is read, or refused by name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        const { host, repository, tag, digest } = parseReference(text);
        expect(isHost(host) && isRepository(repository)).toBe(true);
        expect((tag === undefined || isTag(tag)) && (digest === undefined || isDigest(digest))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InvalidInput' });
      }
    }),
  );
});

test('a repository name that could leave its folder is none', () => {
  const hostile = [
    '..',
    '.',
    '/a',
    'a/',
    'a/../b',
    'a//b',
    '_layers',
    'a/_manifests',
    'a\0b',
    'a\\b',
    'a%2fb',
    'A',
    '',
  ];

  expect(hostile.filter(isRepository)).toEqual([]);
  expect(isRepository('a'.repeat(255))).toBe(true);
  expect(isRepository('a'.repeat(256))).toBe(false);
});
