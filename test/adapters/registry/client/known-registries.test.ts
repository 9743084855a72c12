/** Each row of the reference's table of registries: the login that it shows works on a service with the documented differences. */
import { checkRegistryLogin } from '../../../../adapters/registry/client/check-login';
import { noCredentials, secretCredentials } from '../../../../adapters/registry/client/credentials';
import { KNOWN_REGISTRIES, type KnownRegistry } from '../../../../adapters/registry/client/known-registries';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import { TOKEN_DIALECTS } from '../../../support/registry/token-dialects';
import type { TokenService } from '../../../support/registry/token-service';
import { at, clock, content, open, serve, useRegistryWithLogin } from './registry-with-login';

useRegistryWithLogin();

const bearer = (Object.keys(TOKEN_DIALECTS) as (keyof typeof TOKEN_DIALECTS)[]).map(
  (id) => [KNOWN_REGISTRIES[id].name, id] as const,
);

type Id = (typeof bearer)[number][1];

/** Starts a private registry with the login of the table and the token service of that registry. */
function serveAs(id: Id, more: Parameters<typeof serve>[0] = {}): Promise<TokenService> {
  const { tokens, example } = KNOWN_REGISTRIES[id];
  const { path, service } = tokens;
  return serve({ ...example, path, service, dialect: TOKEN_DIALECTS[id], anonymous: false, ...more });
}

/** The login as the secret of the table has it. */
function loginOf(id: Id, { host }: TokenService, change: object = {}) {
  return secretCredentials(async () => JSON.stringify({ ...KNOWN_REGISTRIES[id].example, ...change }), host);
}

describe.each(bearer)('%s', (_, id) => {
  const { example, tokens, user } = KNOWN_REGISTRIES[id] as KnownRegistry & { example: { username: string } };

  test('its login pushes and pulls, by one token for each need', async () => {
    const service = await serveAs(id);
    const registry = open(loginOf(id, service));

    await registry.put(at(service), 'v2', content.manifest);
    expect(await registry.head(at(service), 'v2')).toBe(content.manifest.digest);

    expect(service.asked.length).toBeGreaterThan(0);
    expect(service.asked.every((asked) => asked.user === example.username)).toBe(true);
    expect(service.asked.every((asked) => asked.service === tokens?.service)).toBe(true);
    expect(service.answered.filter(({ status }) => status === 401)).toEqual([
      { method: 'GET', url: '/v2/', status: 401 },
    ]);
  });

  test('its token service reads the scopes of a mount', async () => {
    const service = await serveAs(id);

    await open(loginOf(id, service)).copyContent(at(service), at(service, 'team/copy'), content.manifest);

    expect(service.asked.map(({ scopes }) => scopes)).toEqual([
      ['repository:team/copy:pull,push', 'repository:team/a:pull'],
    ]);
  });

  test('for a wrong login, the error names what the registry expects, and not the password', async () => {
    const service = await serveAs(id);
    const wrong = open(loginOf(id, service, { password: 'wrong-and-secret' }));

    const error: Error = await wrong.head(at(service), 'v1').catch((thrown) => thrown);

    expect(error).toMatchObject({ name: 'RegistryError' });
    expect(error.message).toContain(`the credentials of ${example.username} for ${service.host} do not allow it`);
    expect(error.message).toContain(`expects as user name ${user}; as password `);
    expect(`${error.stack}`).not.toContain('wrong-and-secret');
  });

  test('doctor accepts its login, asking for no repository', async () => {
    const service = await serveAs(id);
    const access = { credentials: loginOf(id, service), clock, allowLoopback: true };

    expect(await checkRegistryLogin(service.host, access)).toBe(example.username);
    expect(service.asked.map(({ scopes }) => scopes)).toEqual([[]]);
  });

  test('an anonymous user still reads a public repository after a private one was refused', async () => {
    const service = await serveAs(id, { publicRepository: 'team/b' });
    const registry = open(noCredentials);

    await expect(registry.head(at(service), 'v1')).rejects.toThrow(
      `there are no credentials for ${service.host}; log in, or check the registry secret; ${KNOWN_REGISTRIES[id].name} expects`,
    );
    expect(await registry.head(at(service, 'team/b'), 'v1')).toBe(content.manifest.digest);
  });
});

test('the login of a plain registry pushes and pulls without a token', async () => {
  const { example } = KNOWN_REGISTRIES.plain;
  const service = await serve({ ...example, dialect: { splitsScopes: true, isBasic: true } });
  const registry = open(secretCredentials(async () => JSON.stringify(example), service.host));

  await registry.put(at(service), 'v2', content.manifest);

  expect(await registry.head(at(service), 'v2')).toBe(content.manifest.digest);
  expect(service.asked).toEqual([]);
});

test('a read asks Quay for no right to push, because such a token would make the repository', async () => {
  const scopesOf = async (id: Id) => {
    const service = await serveAs(id);
    const access = { credentials: loginOf(id, service), clock, allowLoopback: true, isWritten: () => true };
    await createOciRegistry(access).head(at(service), 'v1');
    return service.asked.flatMap(({ scopes }) => scopes);
  };

  expect(await scopesOf('quay')).toEqual(['repository:team/a:pull']);
  expect(await scopesOf('harbor')).toEqual(['repository:team/a:pull,push']);
});

test.each(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/'])(
  'the secret may call Docker Hub %s',
  async (key) => {
    const { example } = KNOWN_REGISTRIES['docker-hub'];
    const secret = async () => JSON.stringify({ [key]: example, 'ghcr.io': { username: 'x', password: 'y' } });

    expect(await secretCredentials(secret, 'docker.io')('docker.io')).toEqual(example);
    expect(await secretCredentials(secret, 'index.docker.io')('index.docker.io')).toEqual(example);
    expect(await secretCredentials(secret, 'docker.io')('docker.io.example')).toBeUndefined();
  },
);

test('a JSON key that is pasted as an object is refused with the form that works, and not repeated', async () => {
  const secret = async () => '{"username": "_json_key", "password": {"private_key": "swordfish"}}';

  const error: Error = await secretCredentials(
    secret,
    'europe-docker.pkg.dev',
  )('europe-docker.pkg.dev').catch((thrown) => thrown);

  expect(error.message).toContain('encode a JSON key in base64, with the user name _json_key_base64');
  expect(`${error.stack}`).not.toContain('swordfish');
});
