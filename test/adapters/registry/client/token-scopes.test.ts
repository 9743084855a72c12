/** The scopes of tokens: one token request for each set of repositories. */
import { type CredentialSource, noCredentials } from '../../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import { type Answer, startScriptedRegistry } from '../../../support/registry/scripted-registry';
import { at, clock, content, login, open, serve, useRegistryWithLogin } from './registry-with-login';

useRegistryWithLogin();

test('a mount asks for both repositories in one token', async () => {
  const service = await serve();

  await open(login).copyContent(at(service), at(service, 'team/copy'), content.manifest);

  const asked = service.asked.map(({ scopes }) => scopes);
  // The token also allows reads of the source, and reads and writes of the destination.
  expect(asked).toEqual([['repository:team/copy:pull,push', 'repository:team/a:pull']]);
});

test('a mount asks for both repositories in one token, by an identity token too', async () => {
  const service = await serve({ username: '<token>', password: 'identity', anonymous: false });
  const identity = async () => ({ username: '<token>', password: 'identity' });

  await open(identity).copyContent(at(service), at(service, 'team/copy'), content.manifest);

  expect(service.asked.map(({ scopes }) => scopes)).toEqual([
    ['repository:team/copy:pull,push', 'repository:team/a:pull'],
  ]);
});

describe('repositories that will be written to', () => {
  const openWriter = (credentials: CredentialSource) =>
    createOciRegistry({
      credentials,
      clock,
      allowLoopback: true,
      isWritten: ({ repository }) => repository !== 'team/b',
    });

  test('get one token for reading and writing; other repositories get one for reading only', async () => {
    const service = await serve();
    const registry = openWriter(login);

    await registry.head(at(service), 'v1');
    await registry.put(at(service), 'v1', content.manifest);
    await registry.head(at(service, 'team/b'), 'v1');

    expect(service.asked.map(({ scopes }) => scopes)).toEqual([
      ['repository:team/a:pull,push'],
      ['repository:team/b:pull'],
    ]);
  });

  test('without credentials the client only requests the right to read', async () => {
    const service = await serve();

    expect(await openWriter(noCredentials).head(at(service), 'v1')).toBe(content.manifest.digest);
    expect(service.asked.map(({ scopes }) => scopes)).toEqual([['repository:team/a:pull']]);
  });

  test('after a refusal of the right to write, the client requests the right to read', async () => {
    const asked: string[] = [];
    const server = await startScriptedRegistry(({ url, headers }): Answer => {
      if (url.startsWith('/token')) {
        asked.push(new URL(url, 'http://x').searchParams.get('scope') ?? '');
        return url.includes('push') ? { status: 403 } : { status: 200, body: '{"token":"reader"}' };
      }
      if (headers.authorization === 'Bearer reader') {
        return { status: 200, headers: { 'docker-content-digest': content.manifest.digest } };
      }
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` } };
    });
    const registry = openWriter(login);

    for (const tag of ['v1', 'v2']) {
      expect(await registry.head({ host: server.host, repository: 'team/a' }, tag)).toBe(content.manifest.digest);
    }
    expect(asked).toEqual(['repository:team/a:pull,push', 'repository:team/a:pull']);
    await server.close();
  });

  test('a token that the registry refuses is replaced by one for reading', async () => {
    const server = await startScriptedRegistry(({ url, headers }): Answer => {
      if (url.startsWith('/token'))
        return { status: 200, body: JSON.stringify({ token: url.includes('push') ? 'none' : 'reader' }) };
      if (headers.authorization === 'Bearer reader') {
        return { status: 200, headers: { 'docker-content-digest': content.manifest.digest } };
      }
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` } };
    });

    expect(await openWriter(login).head({ host: server.host, repository: 'team/a' }, 'v1')).toBe(
      content.manifest.digest,
    );
    await server.close();
  });
});
