/** The challenges of real registries, and odd ones. */
import fc from 'fast-check';
import { parseChallenge } from '../../../../adapters/registry/client/bearer-token';

const bearer = (realm: string, service?: string, scope?: string) => ({
  scheme: 'bearer',
  realm,
  ...(service === undefined ? {} : { service }),
  ...(scope === undefined ? {} : { scope }),
});

const cases: readonly (readonly [string, string, object | undefined])[] = [
  [
    'Docker Hub',
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:acme/x:pull,push"',
    bearer('https://auth.docker.io/token', 'registry.docker.io', 'repository:acme/x:pull,push'),
  ],
  [
    'GHCR',
    'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"',
    bearer('https://ghcr.io/token', 'ghcr.io', 'repository:user/image:pull'),
  ],
  [
    'GitLab',
    'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:g/p:pull",error="invalid_token"',
    bearer('https://gitlab.com/jwt/auth', 'container_registry', 'repository:g/p:pull'),
  ],
  [
    'ECR',
    'Basic realm="https://111122223333.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com"',
    { scheme: 'basic' },
  ],
  ['several, bearer first', 'Bearer realm="r", Basic realm="b"', bearer('r')],
  ['several, basic first', 'Basic realm="b, c", Bearer realm="r",service="s"', bearer('r', 's')],
  ['other case and spaces', 'BEARER  Realm = "r" , SERVICE=s', bearer('r', 's')],
  ['escaped quotes', 'Bearer realm="r",service="a\\"b, c=\\"d"', bearer('r', 'a"b, c="d')],
  ['a scheme alone', 'Basic', { scheme: 'basic' }],
  ['bearer without realm', 'Bearer service="s"', undefined],
  ['unknown schemes', 'Negotiate, NTLM abc==', undefined],
  ['unknown before known', 'Negotiate, Basic realm="x"', { scheme: 'basic' }],
  ['a token before known', 'NTLM abc==, Basic realm="x"', { scheme: 'basic' }],
  ['a token and several commas before known', 'NTLM abc== ,, , Bearer realm="r"', bearer('r')],
  ['a scheme alone before known', 'Basic,  , Bearer realm="r"', bearer('r')],
  ['a token with other characters before known', 'Negotiate YII+/a==, Bearer realm="r"', bearer('r')],
  ['a scheme alone after parameters', 'Digest realm="d",Basic', { scheme: 'basic' }],
  ['a scheme right after a comma', 'Digest realm="d",Basic realm="b"', { scheme: 'basic' }],
  ['nothing', '', undefined],
];

test.each(cases)('%s', (_, header, expected) => {
  expect(parseChallenge(header)).toStrictEqual(expected);
});

test('every header is parsed or ignored, and none throws', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const challenge = parseChallenge(header);
      expect(['basic', 'bearer', undefined]).toContain(challenge?.scheme);
    }),
  );
});
