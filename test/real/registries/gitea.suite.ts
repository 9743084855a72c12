/** The client on the registry of a real Gitea, with its own token service and with users who may not write. */
import { buffer } from 'node:stream/consumers';
import { checkRegistryLogin } from '../../../adapters/registry/client/check-login';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { describeImageRegistry } from '../../contracts/image-registry-contract';
import { startServer } from '../../support/http/listen';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf } from '../../support/registry/fake-registry-content';
import { type RealGitea, startRealGitea } from '../gitea/real-gitea';

const ADA = { username: 'ada', password: 'ada-Passw0rd' };

/** Forwards with the login of the administrator, for the pushes of the tests themselves. */
async function startBackDoor(url: string) {
  const authorization = `Basic ${Buffer.from(`${ADA.username}:${ADA.password}`).toString('base64')}`;
  const { url: base, stop } = await startServer(async (request, response) => {
    const { method = 'GET', headers } = request;
    const { 'content-type': type, accept } = headers;
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: await buffer(request) };
    const sent = { authorization, ...(type && { 'content-type': type }), ...(accept && { accept }) };
    const reply = await fetch(`${url}${request.url}`, { method, headers: sent, ...body });
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    response.end(Buffer.from(await reply.arrayBuffer()));
  });
  return { base, close: stop };
}

async function startGiteaRegistry() {
  const gitea = await startRealGitea();
  await gitea.api('POST', '/orgs', { username: 'team' });
  return gitea;
}

describeImageRegistry(
  'Gitea',
  async () => {
    const gitea = await startGiteaRegistry();
    const door = await startBackDoor(gitea.url);
    const stop = async () => {
      door.close();
      await gitea.close();
    };
    return { host: new URL(gitea.url).host, base: door.base, credentials: ADA, stop };
  },
  { refusal: /^PUT http:\S+\/manifests\/v2: 404 BLOB_UNKNOWN: /, takesNested: false },
);

describe('logins of Gitea', () => {
  let gitea: RealGitea;
  let host: string;
  beforeAll(async () => {
    gitea = await startGiteaRegistry();
    ({ host } = new URL(gitea.url));
  });
  afterAll(() => gitea.close());

  const accessOf = (username: string, password: string) => ({
    credentials: () => Promise.resolve({ username, password }),
    clock: createStillClock(),
    allowLoopback: true,
  });

  test('doctor accepts a token', async () => {
    expect(await checkRegistryLogin(host, accessOf('ada', gitea.tokens.ada))).toBe('ada');
  });

  test('a wrong password and a user of no organization are refused with what Gitea expects', async () => {
    const name = { host, repository: 'team/auth' };
    const wrong = accessOf('ada', 'wrong-and-secret');
    const { manifest } = imageOf('not allowed');

    await expect(checkRegistryLogin(host, wrong)).rejects.toThrow(
      'Gitea or Forgejo expects as user name a user who may write packages',
    );
    await expect(createOciRegistry(wrong).head(name, 'v1')).rejects.toThrow('with scope write:package');
    await expect(createOciRegistry(accessOf('bob', 'bob-Passw0rd')).put(name, 'v1', manifest)).rejects.toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining('the credentials of bob'),
    });
  });
});
