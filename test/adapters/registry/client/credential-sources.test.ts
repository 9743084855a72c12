/** Credentials from a secret and from ECR. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import { secretCredentials } from '../../../../adapters/registry/client/credentials';
import { ecrCredentials } from '../../../../adapters/registry/ecr/ecr-client';
import { ecrRegion } from '../../../../adapters/registry/ecr/ecr-host';
import { createStillClock } from '../../../support/pipeline/memory-state';

describe('secret', () => {
  const source = (text: string) => secretCredentials(async () => text, 'docker.io');

  test('a single login is used for the release registry only', async () => {
    const one = source('{"username": "me", "password": "secret"}');

    expect(await one('docker.io')).toEqual({ username: 'me', password: 'secret' });
    expect(await one('ghcr.io')).toBeUndefined();
  });

  test('each host may have its own login', async () => {
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

  test('hosts of ECR are recognized by their names', () => {
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

  test('a password is requested from the client of its host, and again ten minutes before it expires', async () => {
    const clock = createStillClock(0);
    const hosts: string[] = [];
    const source = ecrCredentials((host) => {
      const send = async () => {
        hosts.push(host);
        const authorizationToken = Buffer.from(`AWS:token-${hosts.length}`).toString('base64');
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
    expect(hosts).toEqual([HOST, HOST]);
  });

  test('a reply without a token is an error that names the region', async () => {
    const client = { send: async () => ({ authorizationData: [] }) } as unknown as ECRClient;

    await expect(ecrCredentials(() => client, createStillClock())(HOST)).rejects.toThrow(
      'ECR in eu-central-1 gave no authorization token',
    );
  });
});
