/** Redirects: which are followed, and with which headers. */
import { client, get, text, useServers } from '../../support/http/client-and-servers';
import type { ScriptedRegistry } from '../../support/registry/scripted-registry';

const serve = useServers();

describe('redirects', () => {
  test('are followed within the host with credentials, to others without', async () => {
    const other = await serve(() => ({ status: 200, body: 'there' }));
    const server: ScriptedRegistry = await serve(({ url }) =>
      url === '/x'
        ? { status: 302, headers: { location: '/y' } }
        : { status: 307, headers: { location: `http://${other.host}/z` } },
    );
    const headers = { authorization: 'Bearer token', cookie: 'a=b', accept: 'x/y' };

    expect(await client().exchange({ ...get(server), headers }, text)).toBe('there');

    expect(server.asked.map((asked) => asked.headers.authorization)).toEqual(['Bearer token', 'Bearer token']);
    expect(other.asked[0]?.headers).toMatchObject({ accept: 'x/y' });
    expect(other.asked[0]?.headers).not.toHaveProperty('authorization');
    expect(other.asked[0]?.headers).not.toHaveProperty('cookie');
  });

  test('end after five', async () => {
    const server = await serve(() => ({ status: 302, headers: { location: '/again' } }));

    await expect(client().exchange(get(server), text)).rejects.toThrow(
      `REDIRECT: a redirect to http://${server.host}/again is not followed: it is the 6th in a row`,
    );
    expect(server.asked).toHaveLength(6);
  });

  test.each(['http://169.254.169.254/', 'https://10.0.0.1/', 'file:///etc/passwd', 'http://example.com/', 'http://['])(
    'to %s are refused',
    async (location) => {
      const server = await serve(() => ({ status: 302, headers: { location } }));

      await expect(client().exchange(get(server), text)).rejects.toMatchObject({
        code: 'REDIRECT',
        isRetryable: false,
      });
    },
  );

  test('to this machine are refused unless that is allowed', async () => {
    const server = await serve(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }));

    await expect(client({ allowLoopback: false }).exchange(get(server), text)).rejects.toThrow(
      /it is an address of this machine/,
    );
  });

  test('of a write are refused', async () => {
    const server = await serve(() => ({ status: 307, headers: { location: '/y' } }));

    await expect(client().exchange({ ...get(server), method: 'PUT', body: 'x' }, text)).rejects.toThrow(
      /only reads are redirected/,
    );
  });
});
