/** Login and remaining pulls, asked over real HTTP without a pull. */

import { systemClock } from '../../../../adapters/clock';
import { checkRegistryLogin, readPullLimit } from '../../../../adapters/registry/client/check-login';
import { type ScriptedHost, startScriptedHost } from '../../../support/http/scripted-host';

const TOKEN = 't0k3n';
const LIMITS = { 'ratelimit-limit': '200;w=21600', 'ratelimit-remaining': '150;w=21600' };
let registry: ScriptedHost;

beforeEach(async () => {
  registry = await startScriptedHost();
  const challenge = { 'www-authenticate': `Bearer realm="${registry.url}/token",service="hub"` };
  const guard =
    (reply: object) =>
    ({ headers }: { readonly headers: { readonly authorization?: string | undefined } }) =>
      headers.authorization === `Bearer ${TOKEN}` ? reply : { status: 401, headers: challenge };
  registry.replies.set('GET /v2/', guard({ body: {} }));
  registry.replies.set('HEAD /v2/ratelimitpreview/test/manifests/latest', guard({ headers: LIMITS }));
  registry.replies.set('GET /token', ({ headers }) => {
    const right = `Basic ${Buffer.from('team:right').toString('base64')}`;
    const isTaken = headers.authorization === undefined || headers.authorization === right;
    return isTaken ? { body: { token: TOKEN } } : { status: 401, body: { details: 'incorrect username or password' } };
  });
});

afterEach(() => registry.stop());

const as = (password?: string) => ({
  clock: systemClock,
  allowLoopback: true,
  credentials: async () => (password === undefined ? undefined : { username: 'team', password }),
});

describe('the login', () => {
  test('is accepted, with a user name or anonymously', async () => {
    expect(await checkRegistryLogin(registry.host, as('right'))).toBe('team');
    expect(await checkRegistryLogin(registry.host, as())).toBeUndefined();
  });

  test('is refused by an error without the password', async () => {
    const error = await checkRegistryLogin(registry.host, as('wr0ng')).catch((thrown: Error) => thrown);

    expect(error).toMatchObject({ name: 'RegistryError' });
    expect(String(error)).not.toContain('wr0ng');
  });
});

describe('the pulls that are left', () => {
  test('are read from the headers of a HEAD request, which does not count as a pull', async () => {
    expect(await readPullLimit(registry.host, as('right'))).toEqual({
      limit: 200,
      remaining: 150,
      windowSeconds: 21_600,
      user: 'team',
    });
    const asked = registry.exchanges.filter(({ path }) => path.includes('manifests'));
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    const token = registry.exchanges.find(({ path }) => path.startsWith('/token'));
    expect(token?.path).toContain(`scope=${encodeURIComponent('repository:ratelimitpreview/test:pull')}`);
  });

  test('are 0 if the limit is reached, and unlimited if the headers are missing', async () => {
    const path = 'HEAD /v2/ratelimitpreview/test/manifests/latest';
    registry.replies.set(path, { status: 429, headers: { ...LIMITS, 'ratelimit-remaining': '0;w=21600' } });
    expect(await readPullLimit(registry.host, as())).toMatchObject({ remaining: 0 });

    registry.replies.set(path, {});
    expect(await readPullLimit(registry.host, as())).toStrictEqual({});
  });
});
