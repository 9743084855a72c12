/** Where credentials come from: Docker's config file and its helpers, a secret, ECR. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { secretCredentials } from '../../../../adapters/registry/client/credentials';
import { dockerConfigCredentials } from '../../../../adapters/registry/client/docker-config';
import { ecrCredentials } from '../../../../adapters/registry/ecr/ecr-client';
import { ecrRegion } from '../../../../adapters/registry/ecr/ecr-host';
import { createStillClock } from '../../../support/pipeline/memory-state';

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

describe('Docker config file', () => {
  let directory: string;
  const path = process.env.PATH;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'docker-config-'));
    process.env.PATH = `${directory}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(directory, { recursive: true });
  });

  function configure(config: unknown): ReturnType<typeof dockerConfigCredentials> {
    writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
    return dockerConfigCredentials(directory);
  }
  function helper(name: string, script: string): void {
    const file = join(directory, `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  test('there is none: everywhere anonymous', async () => {
    expect(await dockerConfigCredentials(directory)('ghcr.io')).toBeUndefined();
  });

  test('a login is found by its host, in every spelling, and for no other host', async () => {
    const source = configure({
      auths: {
        'ghcr.io': auth('me:pa:ss'),
        'https://gitlab.example/v2/': auth('you:secret'),
        'https://index.docker.io/v1/': auth('hub:secret\0\0'),
        '127.0.0.1:5000': { username: 'plain', password: 'secret' },
        'empty.example': {},
      },
    });

    expect(await source('ghcr.io')).toEqual({ username: 'me', password: 'pa:ss' });
    expect(await source('gitlab.example')).toEqual({ username: 'you', password: 'secret' });
    for (const name of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      expect(await source(name)).toEqual({ username: 'hub', password: 'secret' });
    }
    expect(await source('127.0.0.1:5000')).toEqual({ username: 'plain', password: 'secret' });
    for (const host of [
      'empty.example',
      'ghcr.io.evil.example',
      'hcr.io',
      '127.0.0.1:5001',
      '__proto__',
      'constructor',
    ]) {
      expect(await source(host)).toBeUndefined();
    }
  });

  test('an identity token is given with the user name that says so', async () => {
    const source = configure({ auths: { 'acr.example': { ...auth('me:x'), identitytoken: 'long' } } });

    expect(await source('acr.example')).toEqual({ username: '<token>', password: 'long' });
  });

  test('a helper is asked on its stdin, that of the host before the general one', async () => {
    helper('special', 'read host; printf \'{"Username":"special","Secret":"%s"}\' "$host"');
    helper('general', 'read host; printf \'{"Username":"general","Secret":"%s"}\' "$host"');
    const source = configure({ credsStore: 'general', credHelpers: { 'ghcr.io': 'special' } });

    expect(await source('ghcr.io')).toEqual({ username: 'special', password: 'ghcr.io' });
    expect(await source('docker.io')).toEqual({ username: 'general', password: 'https://index.docker.io/v1/' });
  });

  test('a helper that knows nothing leaves it to the file', async () => {
    helper('forgetful', 'echo "credentials not found in native keychain"; exit 1');
    const source = configure({ credsStore: 'forgetful', auths: { 'ghcr.io': auth('me:secret') } });

    expect(await source('ghcr.io')).toEqual({ username: 'me', password: 'secret' });
    expect(await source('quay.io')).toBeUndefined();
  });

  test.each([
    ['is not installed', 'missing', 'could not be asked (it is not installed)'],
    ['fails', 'failing', 'could not be asked (3)'],
    ['answers nonsense', 'odd', 'answered with something that is no credential'],
    ['is no name', '../../evil', 'is no name of a helper'],
  ])('a helper that %s is named, and nothing it said', async (_, name, message) => {
    helper('failing', 'echo swordfish; exit 3');
    helper('odd', 'echo swordfish');
    const error: Error = await configure({ credsStore: name })('ghcr.io').catch((thrown) => thrown);

    expect(error).toMatchObject({ name: 'RegistryError' });
    expect(error.message).toContain(`the credential helper '${name}', which ${message}`);
    expect(`${error.stack}`).not.toContain('swordfish');
  });

  test.each(['{"auths": {"ghcr.io": {"auth": "c3dvcmRmaXNo"', '[]', '{"auths": 7}'])(
    '%s is no config file',
    async (text) => {
      const error: Error = await configure(text)('ghcr.io').catch((thrown) => thrown);

      expect(error.message).toContain('is no Docker config file; mend it, or log in anew');
      expect(`${error.stack}`).not.toContain('c3dvcmRmaXNo');
    },
  );
});

describe('secret', () => {
  const source = (text: string) => secretCredentials(async () => text, 'docker.io');

  test('one login belongs to the release registry only', async () => {
    const one = source('{"username": "me", "password": "secret"}');

    expect(await one('docker.io')).toEqual({ username: 'me', password: 'secret' });
    expect(await one('ghcr.io')).toBeUndefined();
  });

  test('a login for each host', async () => {
    const many = source(
      '{"ghcr.io": {"username": "a", "password": "b"}, "quay.io": {"username": "c", "password": "d"}}',
    );

    expect(await many('quay.io')).toEqual({ username: 'c', password: 'd' });
    expect(await many('docker.io')).toBeUndefined();
    expect(await many('constructor')).toBeUndefined();
  });

  test.each(['swordfish', '"swordfish"', '{"username": "me", "token": "swordfish"}', '[{"swordfish": 1}]', ''])(
    '%j is refused without being repeated',
    async (text) => {
      const error: Error = await source(text)('docker.io').catch((thrown) => thrown);

      expect(error.message).toMatch(/^the registry secret must be \{"username"/);
      expect(`${error.stack}`).not.toContain('swordfish');
    },
  );
});

describe('ECR', () => {
  const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

  test('hosts of ECR are told from others', () => {
    expect(ecrRegion(HOST)).toBe('eu-central-1');
    expect(ecrRegion('111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com')).toBe('us-gov-west-1');
    expect(ecrRegion('111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1');
    for (const host of [
      'docker.io',
      `${HOST}.evil.example`,
      `x${HOST}`,
      '1.dkr.ecr.eu-central-1.amazonaws.com',
      'public.ecr.aws',
    ]) {
      expect(ecrRegion(host)).toBeUndefined();
    }
  });

  test('a password is fetched for its region, and again ten minutes before it ends', async () => {
    const clock = createStillClock(0);
    const regions: string[] = [];
    const source = ecrCredentials((region) => {
      const send = async () => {
        regions.push(region);
        const authorizationToken = Buffer.from(`AWS:token-${regions.length}`).toString('base64');
        return { authorizationData: [{ authorizationToken, expiresAt: new Date(clock.now() + 12 * 3_600_000) }] };
      };
      return { send } as unknown as ECRClient;
    }, clock);

    expect(await source('docker.io')).toBeUndefined();
    expect(await source(HOST)).toEqual({ username: 'AWS', password: 'token-1' });
    await clock.sleep(11.5 * 3_600_000);
    expect(await source(HOST)).toEqual({ username: 'AWS', password: 'token-1' });
    await clock.sleep(0.4 * 3_600_000);
    expect(await source(HOST)).toEqual({ username: 'AWS', password: 'token-2' });
    expect(regions).toEqual(['eu-central-1', 'eu-central-1']);
  });

  test('a reply without a token is an error that names the region', async () => {
    const client = { send: async () => ({ authorizationData: [] }) } as unknown as ECRClient;

    await expect(ecrCredentials(() => client, createStillClock())(HOST)).rejects.toThrow(
      'ECR in eu-central-1 gave no authorization token',
    );
  });
});
