/** Token services of different makers: their requests and replies, and the lifetime of their tokens. */
import { noCredentials } from '../../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { imageOf } from '../../../support/registry/fake-registry-content';
import { type Answer, type ScriptedRegistry, startScriptedRegistry } from '../../../support/registry/scripted-registry';

const { digest } = imageOf('token replies').manifest;
const servers: ScriptedRegistry[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Service {
  readonly name: string;
  readonly path: string;
  readonly service: string;
  readonly reply: (token: string) => object;
  /** Seconds for which one token is used. */
  readonly used: number;
}

const issued_at = '2026-01-05T12:00:00.000000000Z';
const SERVICES: readonly Service[] = [
  {
    name: 'Docker Hub',
    path: '/token',
    service: 'registry.docker.io',
    reply: (token) => ({ token, access_token: token, expires_in: 300, issued_at }),
    used: 290,
  },
  { name: 'GHCR', path: '/token', service: 'ghcr.io', reply: (token) => ({ token }), used: 50 },
  { name: 'GitLab', path: '/jwt/auth', service: 'container_registry', reply: (token) => ({ token }), used: 50 },
  {
    name: 'ACR',
    path: '/oauth2/token',
    service: 'team.azurecr.io',
    reply: (access_token) => ({ access_token }),
    used: 50,
  },
  {
    name: 'Harbor',
    path: '/service/token',
    service: 'harbor-registry',
    reply: (token) => ({ token, access_token: '', expires_in: 1800, issued_at }),
    used: 1790,
  },
  {
    name: 'one with short tokens',
    path: '/auth',
    service: 'x',
    reply: (token) => ({ token, expires_in: 20 }),
    used: 15,
  },
  {
    name: 'one that gives fields without a value',
    path: '/auth',
    service: 'registry',
    reply: (access_token) => ({ token: null, access_token, expires_in: 0, refresh_token: null }),
    used: 50,
  },
];

test.each(SERVICES)('$name', async ({ path, service, reply, used }) => {
  const given: string[] = [];
  const server = await startScriptedRegistry(({ url, headers }): Answer => {
    if (url.startsWith(`${path}?`)) {
      given.push(`token-${given.length}`);
      return { status: 200, body: JSON.stringify(reply(given.at(-1) ?? '')) };
    }
    if (headers.authorization === `Bearer ${given.at(-1)}`) {
      return { status: 200, headers: { 'docker-content-digest': digest } };
    }
    const challenge = `Bearer realm="http://${headers.host}${path}",service="${service}",scope="repository:team/a:pull"`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  });
  servers.push(server);
  const clock = createStillClock();
  const credentials = async () => ({ username: 'releaser', password: 'swordfish' });
  const registry = createOciRegistry({ credentials, clock, allowLoopback: true });
  const head = () => registry.head({ host: server.host, repository: 'team/a' }, 'v1');

  expect(await head()).toBe(digest);
  await clock.sleep((used - 1) * 1000);
  expect(await head()).toBe(digest);
  expect(given).toHaveLength(1);
  await clock.sleep(1000);
  expect(await head()).toBe(digest);
  expect(given).toHaveLength(2);

  const asked = server.asked.filter(({ url }) => url.startsWith(`${path}?`));
  const query = new URLSearchParams({ service, scope: 'repository:team/a:pull' });
  expect(asked.map(({ url }) => url)).toEqual(Array(2).fill(`${path}?${query}`));
  expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('releaser:swordfish').toString('base64')}`);
  // The token was renewed in time: only the request to /v2/ was refused.
  expect(server.asked.filter(({ url }) => url.includes('/manifests/'))).toHaveLength(3);
});

test('a reply that is no object has no token', async () => {
  const server = await startScriptedRegistry(({ url, headers }): Answer => {
    if (url.startsWith('/token?')) return { status: 200, body: '"t0k3n"' };
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` } };
  });
  servers.push(server);
  const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });

  await expect(registry.head({ host: server.host, repository: 'team/a' }, 'v1')).rejects.toMatchObject({
    message: expect.stringMatching(/NO_TOKEN: the token service gave no token$/),
  });
});
