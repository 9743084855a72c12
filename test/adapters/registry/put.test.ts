/** Puts of manifests: which are refused before they are sent, which count as done, and how fast they are sent. */
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { checkManifest, createPutRateLimiter } from '../../../adapters/registry/put';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf, manifestOf, TYPES } from '../../support/registry/fake-registry-content';
import { type Answer, startScriptedRegistry } from '../../support/registry/scripted-registry';

const { manifest } = imageOf('put');
const other = imageOf('other').manifest;
const NAME = { host: 'registry.example', repository: 'team/image' };

describe('a manifest is refused before it is sent', () => {
  test('if its bytes have another digest', () => {
    expect(() => checkManifest(NAME, 'v1', { ...manifest, digest: other.digest })).toThrow(
      `registry.example/team/image:v1: the manifest's bytes have digest ${manifest.digest}, not ${other.digest}`,
    );
  });

  test('if it is to be put under the digest of another manifest', () => {
    expect(() => checkManifest(NAME, other.digest, manifest)).toThrow(
      `registry.example/team/image@${other.digest}: a manifest with digest ${manifest.digest} cannot be put under`,
    );
  });

  test('if it has more than 4 MiB', () => {
    const sized = (size: number) => manifestOf(Buffer.alloc(size, ' '), TYPES.ociManifest);

    expect(() => checkManifest(NAME, 'v1', sized(4 * 1024 * 1024))).not.toThrow();
    expect(() => checkManifest(NAME, 'v1', sized(4 * 1024 * 1024 + 1))).toThrow(
      'the manifest has 4194305 bytes; registries take at most 4194304',
    );
  });

  test('and any other one is sent', () => {
    expect(() => checkManifest(NAME, 'v1', manifest)).not.toThrow();
    expect(() => checkManifest(NAME, manifest.digest, manifest)).not.toThrow();
  });
});

describe('after a put the digest is read back', () => {
  /** Answers a PUT with `put` and every HEAD with the digest. */
  const putTo = async (put: Answer, digest: string | undefined, reference = 'v1') => {
    const server = await startScriptedRegistry(({ method, url }): Answer | undefined => {
      if (!url.includes('/manifests/')) return undefined;
      if (method === 'PUT') return put;
      return digest === undefined ? { status: 404 } : { status: 200, headers: { 'docker-content-digest': digest } };
    });
    const clock = createStillClock();
    const retry = { tries: 1, firstWait: 1, longestWait: 1 };
    const registry = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true, retry });
    const name = { host: server.host, repository: 'team/image' };
    const error: unknown = await registry.put(name, reference, manifest).then(
      () => undefined,
      (thrown) => thrown,
    );
    await server.close();
    return { error, waited: clock.waited(), image: `${server.host}/team/image` };
  };

  test.each([200, 201, 202])('a status of %i with the right digest is success', async (status) => {
    expect((await putTo({ status }, manifest.digest)).error).toBeUndefined();
  });

  test.each([400, 403, 404, 409, 412, 500, 503])(
    'a status of %i with the right digest is success, too: the reply of an earlier try may have been lost',
    async (status) => {
      expect((await putTo({ status }, manifest.digest)).error).toBeUndefined();
    },
  );

  test.each([400, 405])('a refusal with %i and another digest names both digests', async (status) => {
    const { error, image, waited } = await putTo({ status }, other.digest);

    expect(error).toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining(`${image}:v1 is ${other.digest} and did not become ${manifest.digest}: PUT `),
      cause: { status },
    });
    expect(waited).toBe(0);
  });

  test.each([403, 500, 503])('with status %i and another digest the error is that of the put', async (status) => {
    expect((await putTo({ status }, other.digest)).error).toMatchObject({ status, method: 'PUT' });
  });

  test.each([400, 403, 405, 500])('with status %i and no manifest the error is that of the put', async (status) => {
    expect((await putTo({ status }, undefined)).error).toMatchObject({ status, method: 'PUT' });
  });

  test('an accepted put with another digest is an error, by tag and by digest', async () => {
    const byTag = await putTo({ status: 201 }, other.digest);

    expect(byTag.error).toMatchObject({
      name: 'RegistryError',
      message: `${byTag.image}:v1: ${manifest.digest} was put and accepted, yet the registry answers with ${other.digest}; start the run again, unless another client writes this tag`,
    });
    expect((await putTo({ status: 201 }, undefined, manifest.digest)).error).toMatchObject({
      message: expect.stringContaining('yet the registry has no such manifest'),
    });
  });
});

describe('the rate of puts', () => {
  const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

  test('puts to ECR are spread over time, ten a second, in their order; others are not held up', async () => {
    const clock = createStillClock();
    const limiter = createPutRateLimiter(clock);
    const times: number[] = [];

    for (const host of [ECR, ECR, 'ghcr.io', 'ghcr.io', ECR, ECR]) {
      await limiter(host);
      times.push(clock.waited());
    }

    expect(times).toEqual([0, 100, 100, 100, 200, 300]);
  });

  test('each host of ECR has its own limit', async () => {
    const clock = createStillClock();
    const limiter = createPutRateLimiter(clock);

    await limiter(ECR);
    await limiter(ECR.replace('1111', '2222'));

    expect(clock.waited()).toBe(0);
  });
});

test('every manifest that is put waits for its turn, and no other request does', async () => {
  const turns: string[] = [];
  const putPace = async (host: string) => void turns.push(host);
  const server = await startScriptedRegistry(({ method }): Answer | undefined => {
    if (method === 'PUT') return { status: 201, headers: { location: '/', 'docker-content-digest': manifest.digest } };
    if (method === 'POST') return { status: 201 };
    const headers = { 'content-type': manifest.mediaType, 'ratelimit-remaining': '9;w=60' };
    return { status: 200, headers: { ...headers, 'docker-content-digest': manifest.digest }, body: manifest.bytes };
  });
  const options = { credentials: noCredentials, clock: createStillClock(), allowLoopback: true };
  const registry = createOciRegistry({ ...options, putPace });
  const from = { host: server.host, repository: 'team/image' };

  expect(await registry.get(from, 'v1')).toEqual(manifest);
  await registry.put(from, 'v1', manifest);
  await registry.put(from, 'v2', manifest);
  await server.close();

  expect(turns).toEqual([server.host, server.host]);
  expect(registry.pullsLeft?.(server.host)).toMatchObject({ remaining: 9, windowSeconds: 60 });
});
