/** Logging in to registries: which service is asked for which token, how often, and the error if it refuses. */
import { type CredentialSource, firstOf, noCredentials } from '../../../../adapters/registry/client/credentials';
import { registryRoots } from '../../../../adapters/registry/client/registry-client';
import { type Answer, startScriptedRegistry } from '../../../support/registry/scripted-registry';
import { at, clock, content, LOGIN, login, open, serve, useRegistryWithLogin } from './registry-with-login';

useRegistryWithLogin();

test('without credentials images are read anonymously', async () => {
  const service = await serve();

  expect(await open(noCredentials).head(at(service), 'v1')).toBe(content.manifest.digest);
  expect(service.asked).toEqual([{ scopes: ['repository:team/a:pull'], user: undefined, service: 'registry.test' }]);
});

test('concurrent requests share one token for each scope', async () => {
  const service = await serve();
  const registry = open(login);

  await Promise.all(Array.from({ length: 20 }, () => registry.head(at(service), 'v1')));
  await Promise.all([registry.head(at(service, 'team/b'), 'v1'), registry.put(at(service), 'v2', content.manifest)]);

  expect(service.asked.map(({ scopes }) => scopes.join(' ')).sort()).toEqual([
    'repository:team/a:pull',
    'repository:team/a:pull,push',
    'repository:team/b:pull',
  ]);
  expect(service.asked.every(({ user }) => user === 'releaser')).toBe(true);
  // The request to /v2/ gets the challenge; no other request was refused first.
  expect(service.answered.filter(({ status }) => status === 401)).toEqual([
    { method: 'GET', url: '/v2/', status: 401 },
  ]);
});

test('each repository uses the credentials of its namespace', async () => {
  const service = await serve({ anonymous: false });
  const registry = open(async (_, repository) =>
    repository === 'team/a' ? LOGIN : { ...LOGIN, password: 'wrong-and-secret' },
  );

  expect(await registry.head(at(service), 'v1')).toBe(content.manifest.digest);
  await expect(registry.head(at(service, 'team/b'), 'v1')).rejects.toMatchObject({ status: 401 });
});

test('an expired token is renewed before it is used again', async () => {
  const service = await serve({ expiresIn: 300 });
  const registry = open(login);
  await registry.head(at(service), 'v1');

  await clock.sleep(280_000);
  await registry.head(at(service), 'v1');
  expect(service.asked).toHaveLength(1);
  await clock.sleep(15_000);
  await registry.head(at(service), 'v1');

  expect(service.asked).toHaveLength(2);
  expect(service.answered.filter(({ status }) => status === 401)).toHaveLength(1);
});

test('a token without an expiry is used for a minute', async () => {
  const service = await serve();
  const registry = open(login);
  await registry.head(at(service), 'v1');

  await clock.sleep(55_000);
  await registry.head(at(service), 'v1');

  expect(service.asked).toHaveLength(2);
});

test('a token that is revoked during a run is renewed once for all waiting requests', async () => {
  const service = await serve();
  const registry = open(login);
  await registry.head(at(service), 'v1');
  service.revoke();

  const digests = await Promise.all(Array.from({ length: 10 }, () => registry.head(at(service), 'v1')));

  expect(new Set(digests)).toEqual(new Set([content.manifest.digest]));
  expect(service.asked.length).toBeLessThanOrEqual(3);
});

test('a token may also be in the field access_token', async () => {
  const service = await serve({ field: 'access_token' });

  expect(await open(login).head(at(service), 'v1')).toBe(content.manifest.digest);
});

test('an identity token is exchanged for an access token by OAuth2', async () => {
  const service = await serve({ username: '<token>', password: 'identity-is-secret', anonymous: false });
  const registry = open(async () => ({ username: '<token>', password: 'identity-is-secret' }));

  expect(await registry.head(at(service), 'v1')).toBe(content.manifest.digest);
  expect(service.asked).toEqual([{ scopes: ['repository:team/a:pull'], user: '<token>', service: 'registry.test' }]);
});

test('the error for a wrong password has user and host, never the password', async () => {
  const service = await serve();
  const wrong = open(async () => ({ username: 'releaser', password: 'wrong-and-secret' }));

  const error: Error = await wrong.head(at(service), 'v1').catch((thrown) => thrown);

  expect(error).toMatchObject({ name: 'RegistryError', status: 401 });
  expect(error.message).toMatch(
    /^GET \S+\/token\?service=registry\.test&scope=\S+: 401 UNAUTHORIZED: incorrect username or password; the credentials of releaser for \S+ do not allow it; check them and their permissions$/,
  );
  expect(`${error.stack}`).not.toContain('wrong-and-secret');
});

test('if a registry requires credentials and there are none, the error says so', async () => {
  const service = await serve({ anonymous: false });

  await expect(open(noCredentials).head(at(service), 'v1')).rejects.toThrow(
    `401 UNAUTHORIZED: there are no credentials for ${service.host}; log in, or check the registry secret`,
  );
});

test('an anonymous put fails and writes nothing if only users may write', async () => {
  const service = await serve();

  await expect(open(noCredentials).put(at(service), 'v9', content.manifest)).rejects.toMatchObject({ status: 401 });
});

test('the error names a token service that returns no token, or HTML', async () => {
  for (const answer of [
    { status: 200, body: '{}' },
    { status: 200, body: '<html>' },
  ] satisfies Answer[]) {
    const broken = await startScriptedRegistry(() => answer);
    const service = await serve({ realm: `http://${broken.host}/token` });

    await expect(open(login).head(at(service), 'v1')).rejects.toThrow(/^GET http:\S+\/token\S*: NO(?:_TOKEN|T_JSON): /);
    await broken.close();
  }
});

test('basic credentials are read once, and again after a refusal', async () => {
  let password = 'old-and-secret';
  let asked = 0;
  const server = await startScriptedRegistry(({ headers, url }): Answer => {
    const given = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
    if (given !== `me:${password}`) return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    return url === '/v2/'
      ? { status: 200 }
      : { status: 200, headers: { 'docker-content-digest': content.manifest.digest } };
  });
  const registry = open(async () => {
    asked += 1;
    return { username: 'me', password };
  });
  const name = { host: server.host, repository: 'team/a' };

  await Promise.all([registry.head(name, 'v1'), registry.head(name, 'v2')]);
  expect(asked).toBe(1);
  password = 'new-and-secret';
  expect(await registry.head(name, 'v1')).toBe(content.manifest.digest);
  expect(asked).toBe(2);
  await server.close();
});

test('a registry is asked without TLS only on this machine, or if the user allows it', () => {
  const rootsOf = (host: string, allowLoopback: boolean, plainHttp: readonly string[] = []) =>
    registryRoots(host, { allowLoopback, plainHttp }).map(String);

  for (const host of ['127.0.0.1:5000', 'localhost:5000', '[::1]:5000']) {
    expect(rootsOf(host, true)).toEqual([`https://${host}/`, `http://${host}/`]);
  }
  expect(rootsOf('127.0.0.1:5000', false)).toEqual(['https://127.0.0.1:5000/']);
  expect(rootsOf('10.0.0.5:5000', true)).toEqual(['https://10.0.0.5:5000/']);
  expect(rootsOf('10.0.0.5:5000', true, ['10.0.0.5:5000'])).toEqual(['http://10.0.0.5:5000/']);
  expect(rootsOf('10.0.0.5:5001', false, ['10.0.0.5:5000'])).toEqual(['https://10.0.0.5:5001/']);
  expect(rootsOf('docker.io', false)).toEqual(['https://registry-1.docker.io/']);
});

test('the first source that has credentials for a host is used', async () => {
  const only =
    (host: string, username: string): CredentialSource =>
    async (asked) =>
      asked === host ? { username, password: 'x' } : undefined;
  const source = firstOf(only('a', 'one'), only('a', 'two'), only('b', 'three'));

  expect([(await source('a'))?.username, (await source('b'))?.username, await source('c')]).toEqual([
    'one',
    'three',
    undefined,
  ]);
});
