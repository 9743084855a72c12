/** The logins of this machine: files of docker, podman and skopeo, and their credential helpers. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKeychain, localAccess, loginFiles } from '../../../../adapters/registry/client/keychain';
import { createStillClock } from '../../../support/pipeline/memory-state';

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
let home: string;
let env: Record<string, string>;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keychain-'));
  env = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), PATH: `${home}:${process.env.PATH}` };
});
afterEach(() => rmSync(home, { recursive: true }));

function write(config: unknown, file = '.docker/config.json'): ReturnType<typeof createKeychain> {
  const path = join(home, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  return createKeychain(env);
}

function helper(name: string, script: string): void {
  const file = join(home, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('files', () => {
  test('without a file all registries are read anonymously', async () => {
    expect(await createKeychain(env)('ghcr.io', 'team/a')).toBeUndefined();
  });

  test('are read in the order of podman and skopeo, after the one that the user names', () => {
    const named = { ...env, REGISTRY_AUTH_FILE: '/named.json', DOCKER_CONFIG: '/docker', XDG_CONFIG_HOME: '/config' };

    expect(loginFiles(named)).toEqual([
      '/named.json',
      '/docker/config.json',
      join(home, 'run/containers/auth.json'),
      '/config/containers/auth.json',
    ]);
    expect(loginFiles({ HOME: '/me' })).toEqual([
      '/me/.docker/config.json',
      expect.stringMatching(/^\/run\/containers\/\d+\/auth\.json$/),
      '/me/.config/containers/auth.json',
    ]);
  });

  test.each(['.docker/config.json', 'run/containers/auth.json', '.config/containers/auth.json'])(
    'a login in %s is found',
    async (file) => {
      expect(await write({ auths: { 'ghcr.io': auth('me:secret') } }, file)('ghcr.io', 'team/a')).toEqual({
        username: 'me',
        password: 'secret',
      });
    },
  );

  test('the first file that has a login for the host is used; empty files are skipped', async () => {
    write('', '.docker/config.json');
    write({ auths: { 'quay.io': auth('podman:one') } }, 'run/containers/auth.json');
    const keychain = write(
      { auths: { 'quay.io': auth('old:two'), 'ghcr.io': auth('old:three') } },
      '.config/containers/auth.json',
    );

    expect((await keychain('quay.io'))?.username).toBe('podman');
    expect((await keychain('ghcr.io'))?.username).toBe('old');
    env.REGISTRY_AUTH_FILE = join(home, 'named.json');
    expect((await write({ auths: { 'quay.io': auth('named:four') } }, 'named.json')('quay.io'))?.username).toBe(
      'named',
    );
  });

  test.each(['{"auths": {"ghcr.io": {"auth": "c3dvcmRmaXNo"', '[]', '{"auths": 7}'])(
    '%s is not a file of logins, and is not quoted',
    async (text) => {
      const error: Error = await write(text)('ghcr.io').catch((thrown) => thrown);

      expect(error).toMatchObject({ name: 'RegistryError' });
      expect(error.message).toContain('config.json is not a file of registry logins; fix it, or log in again');
      expect(`${error.stack}`).not.toContain('c3dvcmRmaXNo');
    },
  );

  test('a file of white space, and a folder that is a file, have no logins', async () => {
    expect(await write(' \n')('ghcr.io')).toBeUndefined();
    env.DOCKER_CONFIG = join(home, '.docker/config.json');
    expect(await createKeychain(env)('ghcr.io')).toBeUndefined();
  });

  test('a file that cannot be read is named', async () => {
    env.REGISTRY_AUTH_FILE = home;

    await expect(createKeychain(env)('ghcr.io')).rejects.toThrow(`${home} is a folder`);
  });
});

describe('keys', () => {
  test('match their host in every spelling, and no other host', async () => {
    const keychain = write({
      auths: {
        'ghcr.io': auth('me:pa:ss'),
        'https://gitlab.example/v2/': auth('you:secret'),
        'http://plain.example:5000': auth('plain:secret'),
        'https://index.docker.io/v1/': auth('hub:secret\0\0'),
        '127.0.0.1:5000': { username: 'plain', password: 'secret' },
        'empty.example': {},
      },
    });

    expect(await keychain('ghcr.io')).toEqual({ username: 'me', password: 'pa:ss' });
    expect(await keychain('gitlab.example', 'group/project')).toEqual({ username: 'you', password: 'secret' });
    expect((await keychain('plain.example:5000'))?.username).toBe('plain');
    for (const name of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      expect(await keychain(name, 'library/python')).toEqual({ username: 'hub', password: 'secret' });
    }
    expect(await keychain('127.0.0.1:5000')).toEqual({ username: 'plain', password: 'secret' });
    for (const host of [
      'empty.example',
      'ghcr.io.evil.example',
      'hcr.io',
      '127.0.0.1:5001',
      'plain.example',
      '__proto__',
      'constructor',
    ]) {
      expect(await keychain(host, 'constructor')).toBeUndefined();
    }
  });

  test.each<[string, object, object | undefined]>([
    ['a user without a password, and both', { username: 'other', ...auth('me:x') }, { username: 'me', password: 'x' }],
    ['a user without a password', { username: 'me' }, undefined],
    ['a user of one letter', auth('m:x'), { username: 'm', password: 'x' }],
    ['no user', auth(':x'), undefined],
    ['no colon', auth('me'), undefined],
  ])('with an entry of %s give that login', async (_, entry, login) => {
    expect(await write({ auths: { 'ghcr.io': entry } })('ghcr.io')).toEqual(login);
  });

  test('that are addresses stand for their host, with or without a version of the API', async () => {
    const keys = ['https://a.example/v1/', 'https://b.example/v2', 'https://c.example/v2team', 'http://d.example'];
    const keychain = write({
      auths: Object.fromEntries(keys.map((key) => [key, auth(`${key[key.indexOf('.') - 1]}:x`)])),
    });
    const userOf = async (host: string) => (await keychain(host, 'v2team/app'))?.username;

    expect(await Promise.all(['a.example', 'b.example', 'c.example', 'd.example'].map(userOf))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  test('with the spelling that is asked for win over others', async () => {
    const auths = { 'https://ghcr.io': auth('other:x'), 'ghcr.io': auth('same:x') };
    expect((await write({ auths })('ghcr.io'))?.username).toBe('same');
  });

  test('with a namespace are used for its repositories, the longest first, and the host’s key for all others', async () => {
    const keychain = write({
      auths: {
        'quay.io': auth('host:x'),
        'quay.io/team': auth('team:x'),
        'https://quay.io/team/app/': auth('app:x'),
        'docker.io/acme': auth('acme:x'),
      },
    });
    const userOf = async (host: string, repository?: string) => (await keychain(host, repository))?.username;

    expect(await userOf('quay.io', 'team/app')).toBe('app');
    expect(await userOf('quay.io', 'team/app/deep')).toBe('app');
    expect(await userOf('quay.io', 'team/application')).toBe('team');
    expect(await userOf('quay.io', 'teams/app')).toBe('host');
    expect(await userOf('quay.io')).toBe('host');
    expect(await userOf('docker.io', 'acme/app')).toBe('acme');
    expect(await userOf('docker.io', 'other/app')).toBeUndefined();
  });

  test('an identity token is returned with the user name that marks it', async () => {
    const keychain = write({ auths: { 'acr.example': { ...auth('me:x'), identitytoken: 'long' } } });

    expect(await keychain('acr.example')).toEqual({ username: '<token>', password: 'long' });
  });
});

describe('credential helpers', () => {
  test('are asked on their stdin, that of the host before the general one', async () => {
    helper('special', 'read host; printf \'{"Username":"special","Secret":"%s"}\' "$host"');
    helper('general', 'read host; printf \'{"Username":"general","Secret":"%s"}\' "$host"');
    const keychain = write({ credsStore: 'general', credHelpers: { 'ghcr.io': 'special' } });

    expect(await keychain('ghcr.io')).toEqual({ username: 'special', password: 'ghcr.io' });
    expect(await keychain('docker.io')).toEqual({ username: 'general', password: 'https://index.docker.io/v1/' });
  });

  test('a helper of a host is found in every spelling, and asked for the key as it is written', async () => {
    helper('special', 'read host; printf \'{"Username":"special","Secret":"%s"}\' "$host"');
    const keychain = write({ credHelpers: { 'index.docker.io': 'special', 'https://quay.io': 'special' } });

    expect((await keychain('docker.io'))?.password).toBe('index.docker.io');
    expect((await keychain('quay.io', 'team/app'))?.password).toBe('https://quay.io');
  });

  test('if a helper has no login, the file is read, and no other helper is asked', async () => {
    helper('forgetful', 'echo "credentials not found in native keychain"; exit 1');
    helper('general', 'printf \'{"Username":"general","Secret":"x"}\'');
    const auths = { 'ghcr.io': auth('me:secret') };

    expect(await write({ credsStore: 'forgetful', auths })('ghcr.io')).toEqual({ username: 'me', password: 'secret' });
    expect(await write({ credsStore: 'forgetful', auths })('quay.io')).toBeUndefined();
    const both = write({ credsStore: 'general', credHelpers: { 'ghcr.io': 'forgetful' }, auths });
    expect((await both('ghcr.io'))?.username).toBe('me');
  });

  test('a login of a namespace comes before the general helper', async () => {
    helper('general', 'printf \'{"Username":"general","Secret":"x"}\'');
    const keychain = write({ credsStore: 'general', auths: { 'quay.io/team': auth('team:x') } });

    expect((await keychain('quay.io', 'team/app'))?.username).toBe('team');
    expect((await keychain('quay.io', 'other/app'))?.username).toBe('general');
  });

  test('concurrent requests for many repositories share one call', async () => {
    helper('counting', `echo x >> ${home}/calls; printf '{"Username":"me","Secret":"x"}'`);
    const keychain = write({ credsStore: 'counting' });

    const users = await Promise.all(Array.from({ length: 20 }, (_, index) => keychain('ghcr.io', `team/${index}`)));

    expect(new Set(users.map((user) => user?.username))).toEqual(new Set(['me']));
    expect(readFileSync(join(home, 'calls'), 'utf8')).toBe('x\n');
  });

  test.each([
    ['is not installed', 'missing', 'failed (it is not installed); install or fix it, or remove it from the file'],
    ['fails', 'failing', 'failed (3)'],
    ['answers nonsense', 'odd', 'did not answer with credentials'],
    ['has a path for a name', '../../evil', 'is not the name of a helper'],
  ])('a helper that %s is named, and its output is not quoted', async (_, name, message) => {
    helper('failing', 'echo swordfish; exit 3');
    helper('odd', 'echo swordfish');
    const error: Error = await write({ credsStore: name })('ghcr.io').catch((thrown) => thrown);

    expect(error).toMatchObject({ name: 'RegistryError' });
    expect(error.message).toContain(`the credential helper '${name}', which ${message}`);
    expect(`${error.stack}`).not.toContain('swordfish');
  });
});

test('registries without TLS are those of the user and of the environment', () => {
  const { plainHttp, allowLoopback } = localAccess(createStillClock(), ['mine:5000'], {
    ...env,
    PIPELINE_PLAIN_HTTP: ' registry.lan:5000, 10.0.0.5 ',
  });

  expect(plainHttp).toEqual(['mine:5000', 'registry.lan:5000', '10.0.0.5']);
  expect(allowLoopback).toBe(true);
  expect(localAccess(createStillClock(), [], env).plainHttp).toEqual([]);
});

test.each([
  [
    'asked to get',
    '[ "$1 $#" = "get 1" ] && echo \'{"Username":"me","Secret":"x"}\'',
    { username: 'me', password: 'x' },
  ],
  ['without a secret', 'echo \'{"Username":"me","Secret":""}\'', undefined],
])('a helper %s gives its login, if it has one', async (_, script, login) => {
  helper('test', script);
  expect(await write({ credHelpers: { 'ghcr.io': 'test' } })('ghcr.io')).toEqual(login);
});

test.each(['a/b', '../a', 'a b', '-a', ''])('%j is not the name of a helper', async (name) => {
  await expect(write({ credHelpers: { 'ghcr.io': name } })('ghcr.io')).rejects.toThrow('is not the name of a helper');
});
