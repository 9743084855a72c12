/** What the client remembers of logins: what was refused, and what failed for the moment only. */
import { IDENTITY_TOKEN_USER, noCredentials } from '../../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import {
  type Answer,
  type Asked,
  type ScriptedRegistry,
  startScriptedRegistry,
} from '../../../support/registry/scripted-registry';
import { at, content, LOGIN, login, open, serve, useRegistryWithLogin } from './registry-with-login';

useRegistryWithLogin();

const { digest } = content.manifest;
const servers: ScriptedRegistry[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A registry whose token service answers as `token` does; every token is good for it. */
async function withTokens(token: (scopes: readonly string[], nth: number) => Answer) {
  const asked: string[] = [];
  const server = await startScriptedRegistry(({ url, headers }): Answer => {
    if (url.startsWith('/token')) {
      asked.push(url.slice('/token'.length));
      return token(new URL(url, 'http://x').searchParams.getAll('scope'), asked.length);
    }
    if (headers.authorization === 'Bearer good') return { status: 200, headers: { 'docker-content-digest': digest } };
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` } };
  });
  servers.push(server);
  const clock = createStillClock();
  const isWritten = () => true;
  const registry = createOciRegistry({ credentials: login, clock, random: () => 0, allowLoopback: true, isWritten });
  const reader = createOciRegistry({ credentials: login, clock, random: () => 0, allowLoopback: true });
  const name = { host: server.host, repository: 'team/a' };
  return { asked, head: () => registry.head(name, 'v1'), read: () => reader.head(name, 'v1') };
}

const good: Answer = { status: 200, body: '{"token":"good"}' };
const scope = (rights: string) => `?${new URLSearchParams({ scope: `repository:team/a:${rights}` })}`;

test('a token that was refused is not asked for again by the same call, but by the next one', async () => {
  const { asked, read } = await withTokens((_, nth) => (nth === 1 ? { status: 403 } : good));

  await expect(read()).rejects.toMatchObject({ status: 403 });
  expect(asked).toEqual([scope('pull')]);
  expect(await read()).toBe(digest);
  expect(asked).toEqual([scope('pull'), scope('pull')]);
});

test.each([401, 403])(
  'a token to write that is refused with %i is replaced by one to read, for good',
  async (status) => {
    const { asked, head } = await withTokens(([wanted]) => (wanted?.endsWith(',push') ? { status } : good));

    expect([await head(), await head()]).toEqual([digest, digest]);
    expect(asked).toEqual([scope('pull,push'), scope('pull')]);
  },
);

test('a token service that is broken says nothing about the right to write', async () => {
  const { asked, head } = await withTokens((_, nth) => (nth === 1 ? { status: 501 } : good));

  await expect(head()).rejects.toMatchObject({ status: 501 });
  expect(await head()).toBe(digest);
  expect(asked).toEqual([scope('pull,push'), scope('pull,push')]);
});

test('credentials that could not be read are read again by the next call', async () => {
  let isBroken = true;
  const service = await serve();
  const registry = open(async () => {
    if (isBroken) throw new Error('the keychain is locked');
    return LOGIN;
  });

  await expect(registry.head(at(service), 'v1')).rejects.toThrow('the keychain is locked');
  isBroken = false;
  expect(await registry.head(at(service), 'v1')).toBe(digest);
});

test('a token for one of two repositories does not serve a call that needs both', async () => {
  const service = await serve();
  const registry = open(login);
  await registry.head(at(service), 'v1');

  await registry.copyContent(at(service), at(service, 'team/copy'), content.manifest);

  const asked = service.asked.map(({ scopes }) => scopes);
  expect(asked).toEqual([['repository:team/a:pull'], ['repository:team/copy:pull,push', 'repository:team/a:pull']]);
});

test.each([undefined, 'Negotiate', 'Basic realm="x"'])(
  'without a login a call that meets the challenge %p is made once',
  async (challenge) => {
    const server = await startScriptedRegistry(() => ({
      status: 401,
      ...(challenge && { headers: { 'www-authenticate': challenge } }),
    }));
    servers.push(server);
    const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });

    await expect(registry.head({ host: server.host, repository: 'team/a' }, 'v1')).rejects.toMatchObject({
      status: 401,
    });
    expect(server.asked.map(({ url }) => url)).toEqual(['/v2/', '/v2/team/a/manifests/v1']);
  },
);

test('a registry that spells the scope in another way gets a token with its own spelling, too', async () => {
  const asked: string[][] = [];
  const server = await startScriptedRegistry(({ url, headers }): Answer => {
    if (url.startsWith('/token')) {
      asked.push(new URL(url, 'http://x').searchParams.getAll('scope'));
      return { status: 200, body: JSON.stringify({ token: url.includes('real') ? 'good' : 'poor' }) };
    }
    if (headers.authorization === 'Bearer good') return { status: 200, headers: { 'docker-content-digest': digest } };
    const scope = url === '/v2/' ? '' : ',scope="repository:real/a:pull"';
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"${scope}` } };
  });
  servers.push(server);
  const registry = createOciRegistry({ credentials: login, clock: createStillClock(), allowLoopback: true });

  expect(await registry.head({ host: server.host, repository: 'team/a' }, 'v1')).toBe(digest);
  expect(asked).toEqual([['repository:team/a:pull'], ['repository:team/a:pull', 'repository:real/a:pull']]);
});

describe('an identity token', () => {
  const REFRESH = 'swordfish-is-secret';
  const read = async (answer: (nth: number) => Answer) => {
    const asked: Asked[] = [];
    const server = await startScriptedRegistry((request): Answer => {
      const { url, headers } = request;
      if (url === '/token') {
        asked.push(request);
        return answer(asked.length);
      }
      if (headers.authorization === 'Bearer good') return { status: 200, headers: { 'docker-content-digest': digest } };
      const challenge = `Bearer realm="http://${headers.host}/token",service="acr.example"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    });
    servers.push(server);
    const credentials = async () => ({ username: IDENTITY_TOKEN_USER, password: REFRESH });
    const registry = createOciRegistry({
      credentials,
      clock: createStillClock(),
      random: () => 0,
      allowLoopback: true,
    });
    return { asked, found: registry.head({ host: server.host, repository: 'team/a' }, 'v1') };
  };

  test('is exchanged for a token by a form, again after a fault', async () => {
    const { asked, found } = await read((nth) => (nth === 1 ? { status: 504 } : good));

    expect(await found).toBe(digest);
    expect(asked.map(({ method, headers }) => `${method} ${headers['content-type']}`)).toEqual(
      Array(2).fill('POST application/x-www-form-urlencoded'),
    );
    expect(Object.fromEntries(new URLSearchParams(String(asked[0]?.body)))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'monorepo-image-pipeline',
      service: 'acr.example',
      scope: 'repository:team/a:pull',
      refresh_token: REFRESH,
    });
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  test('is not shown if the service repeats it', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `no: ${REFRESH}` }] });
    const { found } = await read(() => ({ status: 400, body }));
    const error: Error = await found.catch((thrown) => thrown);

    expect(error.message).toContain('DENIED: no: ***');
    expect(`${error.stack}`).not.toContain(REFRESH);
  });
});
