/** Tokens of a GitHub App over real HTTP: signed, minimal, shared and renewed in time. */
import { createGitHubAppToken, type GitHubAppOptions } from '../../../../adapters/git/github/app-token';
import { createGitHubHost } from '../../../../adapters/git/github/git-host';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { type FakeGitHub, startFakeGitHub } from '../../../support/git-hosts/fake-github';
import { createAppKey } from '../../../support/git-hosts/fake-github-app';

const KEY = createAppKey();
const MINUTE = 60_000;
const EXCHANGE = '/app/installations/77/access_tokens';

let repository: TestRepository;
let github: FakeGitHub;
let now: number;
/** The clock of GitHub may differ from our clock. */
let skew: number;
let issued: number;

beforeEach(async () => {
  repository = createRepository();
  github = await startFakeGitHub(repository);
  now = 1_760_000_000_000;
  skew = 0;
  issued = 0;
  github.app = {
    appId: 4711,
    installationId: 77,
    publicKey: KEY.publicKey,
    granted: { contents: 'write', statuses: 'write', metadata: 'read' },
    now: () => now + skew,
    token: () => `ghs_number${issued}`,
  };
  github.fault = (operation) => {
    if (operation === EXCHANGE) issued += 1;
    return undefined;
  };
});
afterEach(async () => {
  await github.stop();
  repository.remove();
});

function options(changes: Partial<GitHubAppOptions> = {}): GitHubAppOptions {
  return {
    apiUrl: github.apiUrl,
    appId: 4711,
    installationId: 77,
    repository: 'cloud-tuner/optscale',
    permissions: { contents: 'write', statuses: 'write' },
    privateKey: async () => KEY.privateKey,
    clock: { now: () => now, sleep: async () => undefined },
    ...changes,
  };
}

const exchanges = () => github.requests.filter((request) => request === EXCHANGE).length;

describe('the token of a GitHub App', () => {
  test('is exchanged for a signed one and accepted by the git host', async () => {
    const commit = repository.commit('main', { 'a.txt': 'a' });
    const clock = { now: () => now, sleep: async () => undefined };
    const token = createGitHubAppToken(options());
    const host = createGitHubHost({ repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token, clock });

    expect(await host.resolve('main')).toBe(commit);
    expect(await token()).toBe('ghs_number1');
    expect(exchanges()).toBe(1);
  });

  test('is requested once for all concurrent users', async () => {
    const token = createGitHubAppToken(options());

    expect(new Set(await Promise.all([token(), token(), token()]))).toEqual(new Set(['ghs_number1']));
    expect(exchanges()).toBe(1);
  });

  test('is cached until five minutes before it expires', async () => {
    const token = createGitHubAppToken(options());
    await token();

    now += 55 * MINUTE - 1000;
    expect(await token()).toBe('ghs_number1');
    now += 1000;
    expect(await token()).toBe('ghs_number2');
  });

  test.each([-55_000, 30_000])('is issued even if the clocks differ by %d ms', async (difference) => {
    skew = difference;

    expect(await createGitHubAppToken(options())()).toBe('ghs_number1');
  });

  test('is requested again after a temporary failure, by a retry or the next request', async () => {
    const token = createGitHubAppToken(options());
    let faults = 20;
    github.fault = (operation) => {
      if (operation === EXCHANGE) issued += 1;
      faults -= 1;
      return faults >= 0 ? { kind: 'reply', status: 502 } : undefined;
    };
    await expect(token()).rejects.toMatchObject({ name: 'GitHostError' });

    faults = 1;
    expect(await token()).toMatch(/^ghs_number/);
  });

  test.each([
    ['another App', { appId: 1 }, /401.*Integration not found/],
    ['the key of another App', { privateKey: async () => createAppKey().privateKey }, /401/],
    ['an unknown installation', { installationId: 78 }, /404/],
    ['a repository without the App', { repository: 'cloud-tuner/other' }, /422/],
    ['a permission without a grant', { permissions: { pull_requests: 'write' } }, /422.*not granted/],
  ] as const)('is refused for %s with the message of GitHub', async (_, changes, message) => {
    const token = createGitHubAppToken(options(changes));

    await expect(token()).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringMatching(message) });
  });

  test.each([
    ['a token', 'ghp_secretsecret'],
    ['a broken key', KEY.privateKey.slice(0, 900)],
    ['nothing', ''],
  ])('names the fix for a secret with %s and never prints the secret', async (_, secret) => {
    const failure = createGitHubAppToken(options({ privateKey: async () => secret }))();

    await expect(failure).rejects.toThrow(/is not an RSA private key in PEM form; put the \.pem file/);
    const { message, cause } = await failure.catch((error) => error);
    expect(`${message} ${cause}`).not.toContain('ghp_');
    expect(`${message} ${cause}`).not.toContain(KEY.privateKey.slice(100, 130));
    expect(exchanges()).toBe(0);
  });

  test('does not appear in an error of the exchange', async () => {
    github.fault = () => ({ kind: 'reply', status: 201, body: '{"token":"ghs_secret","expires_at":"soon"}' });

    const error = await createGitHubAppToken(options())().catch((failure) => failure);

    expect(error.message).toContain('expires_at');
    expect(`${error.message} ${error.stack}`).not.toContain('ghs_secret');
  });
});
