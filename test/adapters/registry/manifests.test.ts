/** Digests and configs that a registry answers with: each is believed only if the bytes prove it. */
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { lookAgain } from '../../../adapters/registry/manifests';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { type Content, imageOf, indexOf, sha256, TYPES } from '../../support/registry/fake-registry-content';
import { type Answer, type ScriptedRegistry, startScriptedRegistry } from '../../support/registry/scripted-registry';

const servers: ScriptedRegistry[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A registry with the answers by the end of their path. */
async function registryWith(answers: Readonly<Record<string, Answer | ((method: string) => Answer)>>) {
  const server = await startScriptedRegistry(({ method, url }) => {
    const answer = Object.entries(answers).find(([end]) => url.endsWith(`/${end}`))?.[1];
    return typeof answer === 'function' ? answer(method) : answer;
  });
  servers.push(server);
  const retry = { tries: 2, firstWait: 1, longestWait: 1 };
  const clock = createStillClock();
  const registry = createOciRegistry({ credentials: noCredentials, clock, allowLoopback: true, retry });
  const asked = () => server.asked.filter(({ url }) => url !== '/v2/').map(({ method }) => method);
  return { registry, name: { host: server.host, repository: 'team/image' }, asked, server };
}

const image = imageOf('image');
const other = imageOf('other');
const digestHeader = (digest: string) => ({ 'docker-content-digest': digest });
const give = ({ manifest }: Content, more: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': manifest.mediaType, ...more },
  body: manifest.bytes,
});

describe('the digest of a tag', () => {
  test('is read by HEAD, without a pull', async () => {
    const { registry, name, asked } = await registryWith({ v1: give(image, digestHeader(image.manifest.digest)) });

    expect(await registry.head(name, 'v1')).toBe(image.manifest.digest);
    expect(asked()).toEqual(['HEAD']);
  });

  test('is undefined if there is no manifest, even if the answer has a digest', async () => {
    const gone = { status: 404, headers: digestHeader(image.manifest.digest) };
    const { registry, name, asked } = await registryWith({ v1: gone });

    expect(await registry.head(name, 'v1')).toBeUndefined();
    expect(asked()).toEqual(['HEAD']);
  });

  test('is undefined if the manifest is deleted between HEAD and GET', async () => {
    const { registry, name } = await registryWith({ v1: (method) => ({ status: method === 'HEAD' ? 200 : 404 }) });

    expect(await registry.head(name, 'v1')).toBeUndefined();
  });
});

test('a manifest is asked for in all types, and in the bytes that it has', async () => {
  const { registry, name, server } = await registryWith({ v1: give(image) });

  await registry.head(name, 'v1');
  await registry.get(name, 'v1');

  const headers = server.asked.slice(1).map(({ method, headers: { accept, 'accept-encoding': encoding } }) => ({
    method,
    types: accept?.split(', ').sort(),
    encoding,
  }));
  const types = ['*/*;q=0.1', TYPES.ociManifest, TYPES.ociIndex, TYPES.dockerManifest, TYPES.dockerList].sort();
  expect(headers).toEqual(['HEAD', 'GET', 'GET'].map((method) => ({ method, types, encoding: 'identity' })));
});

test('the type of a manifest is that of its bytes, however the header is written', async () => {
  const type = image.manifest.mediaType;
  const asOther = { 'content-type': TYPES.dockerManifest };
  const { registry, name } = await registryWith({
    v1: give(image, { 'content-type': ` ${type.toUpperCase()} ; charset=utf-8` }),
    v2: give(image, asOther),
  });

  expect(await registry.get(name, 'v1')).toEqual(image.manifest);
  await expect(registry.get(name, 'v2')).rejects.toMatchObject({
    code: 'MEDIA_TYPE',
    message: expect.stringContaining(
      `the registry gives the manifest type ${TYPES.dockerManifest}, its bytes say ${type}`,
    ),
  });
});

describe('a manifest that is asked for by digest', () => {
  const { digest } = image.manifest;

  test('is read and compared if the reply has another digest', async () => {
    const { registry, name, asked } = await registryWith({
      [digest]: (method) => give(image, method === 'HEAD' ? digestHeader(other.manifest.digest) : {}),
    });

    expect(await registry.head(name, digest)).toBe(digest);
    expect(asked()).toEqual(['HEAD', 'GET']);
  });

  test('is an error if its bytes have another digest', async () => {
    const { registry, name } = await registryWith({ [digest]: give(other, digestHeader(other.manifest.digest)) });

    await expect(registry.head(name, digest)).rejects.toThrow(`have digest ${other.manifest.digest}, not ${digest}`);
    await expect(registry.get(name, digest)).rejects.toThrow(`have digest ${other.manifest.digest}, not ${digest}`);
  });

  test('may be named by sha512 in the header, if the bytes have that digest', async () => {
    const { createHash } = await import('node:crypto');
    const sha512 = `sha512:${createHash('sha512').update(image.manifest.bytes).digest('hex')}`;
    const { registry, name } = await registryWith({ [digest]: give(image, digestHeader(sha512)) });

    expect(await registry.get(name, digest)).toEqual(image.manifest);
    const wrong = await registryWith({ [digest]: give(image, digestHeader(`sha512:${'0'.repeat(128)}`)) });
    await expect(wrong.registry.get(wrong.name, digest)).rejects.toThrow(/the registry calls the manifest sha512:0+/);
  });
});

describe('the config of an image', () => {
  const config = image.blobs[0] ?? Buffer.alloc(0);
  const digest = sha256(config);

  test('is read by its digest; of an index, that of the first image', async () => {
    const index = indexOf([image, other]);
    const { registry, name } = await registryWith({
      [digest]: { status: 200, body: config },
      [image.manifest.digest]: give(image),
    });

    expect(await registry.config(name, image.manifest)).toEqual(config);
    expect(await registry.config(name, index.manifest)).toEqual(config);
  });

  test('is an error if its bytes have another digest', async () => {
    const { registry, name, asked } = await registryWith({ [digest]: { status: 200, body: `${config} ` } });

    await expect(registry.config(name, image.manifest)).rejects.toThrow(`the blob's bytes are not ${digest}`);
    expect(asked()).toEqual(['GET', 'GET']);
  });

  test('is an error if it has more than 4 MiB', async () => {
    const { registry, name } = await registryWith({
      [digest]: { status: 200, body: Buffer.alloc(4 * 1024 * 1024 + 1) },
    });

    await expect(registry.config(name, image.manifest)).rejects.toThrow('TOO_LARGE');
  });

  test('is undefined if the registry has lost it, or the first image of the index', async () => {
    const { registry, name } = await registryWith({});

    expect(await registry.config(name, image.manifest)).toBeUndefined();
    expect(await registry.config(name, indexOf([image]).manifest)).toBeUndefined();
  });

  test('is undefined and not asked for if it is of another type, or if there is none', async () => {
    const descriptor = { mediaType: 'application/vnd.cncf.helm.config.v1+json', size: 2, digest };
    const { registry, name, asked } = await registryWith({ [digest]: { status: 200, body: config } });

    expect(await registry.config(name, imageOf('x', { fields: { config: descriptor } }).manifest)).toBeUndefined();
    expect(await registry.config(name, imageOf('x', { fields: { config: undefined } }).manifest)).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  test.each([TYPES.ociManifest, TYPES.dockerManifest])('is read from a manifest of type %s', async (mediaType) => {
    const typed = imageOf('typed', { mediaType });
    const bytes = typed.blobs[0] ?? Buffer.alloc(0);
    const { registry, name } = await registryWith({ [sha256(bytes)]: { status: 200, body: bytes } });

    expect(await registry.config(name, typed.manifest)).toEqual(bytes);
  });
});

describe('looking again', () => {
  const looks = async (mayLag: (time: number) => boolean) => {
    const clock = createStillClock();
    const start = clock.now();
    const times: number[] = [];
    const look = async () => {
      times.push(clock.now() - start);
      return clock.now() - start;
    };
    return { found: await lookAgain(look, mayLag, clock), times };
  };

  test('ends with the first read that does not lag', async () => {
    expect(await looks(() => false)).toEqual({ found: 0, times: [0] });
    expect(await looks((time) => time < 1000)).toEqual({ found: 1400, times: [0, 200, 600, 1400] });
  });

  test('waits twice as long each time, two seconds at most, and ends after half a minute', async () => {
    const { found, times } = await looks(() => true);

    expect(times.slice(0, 7)).toEqual([0, 200, 600, 1400, 3000, 5000, 7000]);
    expect([found, times.at(-2)]).toEqual([31_000, 29_000]);
  });
});
