/** Tags in Amazon ECR by its own API: write-once tags, lost replies, repositories that do not exist yet. */
import { HttpError } from '../../../../adapters/http/http-error';
import { createRetryBudget } from '../../../../adapters/http/retry';
import { patientEcrClient } from '../../../../adapters/registry/ecr/ecr-client';
import { createEcrRegistry } from '../../../../adapters/registry/ecr/ecr-registry';
import { registryByHost } from '../../../../adapters/registry/oci-registry';
import { createPutRateLimiter } from '../../../../adapters/registry/put';
import { ERROR_NAMES } from '../../../../core/contract/errors';
import type { ImageRegistry } from '../../../../core/ports/registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { imageOf, indexOf, sha256, TYPES } from '../../../support/registry/fake-registry-content';
import { createFakeEcr, ecrError, type FakeEcr } from '../../../support/registry/fake-registry-ecr';

const name = { host: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', repository: 'team/restapi' };
const { manifest } = imageOf('ecr');
const another = imageOf('another').manifest;

let ecr: FakeEcr;
let clock: ReturnType<typeof createStillClock>;
let copies: number;
let registry: ImageRegistry;
const pullAccounts: string[] = [];

beforeEach(() => {
  ecr = createFakeEcr();
  ecr.makeRepository(name.repository);
  clock = createStillClock();
  copies = 0;
  const never = () => Promise.reject(new Error('not by the registry protocol'));
  const oci: ImageRegistry = {
    head: never,
    get: never,
    config: never,
    put: never,
    referrers: never,
    blob: never,
    putBlob: never,
    copyContent: async (_, to) => {
      copies += 1;
      const failure = { method: 'POST', url: 'x', status: 404, code: 'NAME_UNKNOWN', message: 'no repository' };
      if (copies === 1 && to.repository === 'team/new') throw new HttpError(ERROR_NAMES.registry, failure);
    },
  };
  // One try, so that every failure is seen; several: ecr-client.test.ts.
  const retry = { tries: 1, firstWait: 0, longestWait: 0 };
  const putPace = createPutRateLimiter(clock);
  const patience = { clock, random: () => 1, retry, budget: createRetryBudget(1), pace: () => putPace(name.host) };
  const client = patientEcrClient(ecr.client, patience);
  registry = createEcrRegistry({ client, oci, movableTags: ['latest', 'stable-*'], pullAccounts, clock });
});

test.each([
  ['an image', manifest],
  ['an index', indexOf([imageOf('a'), imageOf('b')]).manifest],
  ['a Docker image', imageOf('docker', { mediaType: TYPES.dockerManifest }).manifest],
])('%s is put and read, bytes, type and digest', async (_, one) => {
  await registry.put(name, 'v1', one);

  expect(await registry.get(name, 'v1')).toEqual(one);
  expect(await registry.get(name, one.digest)).toEqual(one);
  expect(await registry.head(name, 'v1')).toBe(one.digest);
});

test('a missing tag, manifest or repository is undefined', async () => {
  expect(await registry.head(name, 'v1')).toBeUndefined();
  expect(await registry.get(name, sha256(Buffer.from('x')))).toBeUndefined();
  expect(await registry.get({ ...name, repository: 'team/none' }, 'v1')).toBeUndefined();
});

test('putting the same digest again succeeds, although the tag is immutable', async () => {
  await registry.put(name, 'v1', manifest);
  await registry.put(name, 'v1', manifest);
  ecr.failNext('PutImage', ecrError('ImageTagAlreadyExistsException'), false);
  await registry.put(name, 'v1', manifest);

  expect(ecr.tags).toEqual(new Map([['team/restapi:v1', manifest.digest]]));
});

test('another digest for an immutable tag is refused with both digests', async () => {
  await registry.put(name, 'v1', manifest);

  await expect(registry.put(name, 'v1', another)).rejects.toThrow(
    `PutImage ${name.host}/team/restapi:v1: it is ${manifest.digest}, and should be ${another.digest}; a version is given once`,
  );
  expect(ecr.tags.get('team/restapi:v1')).toBe(manifest.digest);
});

test('a content tag may move', async () => {
  await registry.put(name, `in-${'0'.repeat(40)}`, manifest);
  await registry.put(name, `in-${'0'.repeat(40)}`, another);

  expect(await registry.head(name, `in-${'0'.repeat(40)}`)).toBe(another.digest);
});

test('a call whose effect happened counts as success, even if it failed; any other failed call is an error', async () => {
  ecr.failNext('PutImage', ecrError('TimeoutError', 'socket hang up'), true);
  await registry.put(name, 'v1', manifest);
  ecr.failNext('PutImage', ecrError('ServerException', 'internal'), false);

  await expect(registry.put(name, 'v2', manifest)).rejects.toMatchObject({
    name: 'RegistryError',
    message: `PutImage ${name.host}/team/restapi:v2: internal`,
  });
  expect([...ecr.tags.keys()]).toEqual(['team/restapi:v1']);
});

test('a missing repository is created with immutable versions, and the put succeeds', async () => {
  const fresh = { ...name, repository: 'team/new' };

  await registry.copyContent(name, fresh, manifest);
  await registry.put(fresh, 'v1', manifest);

  expect(copies).toBe(2);
  expect(await registry.head(fresh, 'v1')).toBe(manifest.digest);
  expect(ecr.created).toEqual([
    {
      registryId: '111122223333',
      repositoryName: 'team/new',
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: ['in-*', 'latest', 'stable-*'].map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      })),
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
    },
  ]);
});

test('a new repository allows pulls by the accounts of the settings; without any it has no policy', async () => {
  await registry.put({ ...name, repository: 'team/private' }, 'v1', manifest);
  pullAccounts.push('444455556666', '777788889999');
  await registry.put({ ...name, repository: 'team/shared' }, 'v1', manifest);
  pullAccounts.length = 0;

  expect([...ecr.policies.keys()]).toEqual(['team/shared']);
  expect(JSON.parse(ecr.policies.get('team/shared') ?? '')).toMatchObject({
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['444455556666', '777788889999'] },
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      },
    ],
  });
});

test('a put creates its repository, and two concurrent puts that create it both succeed', async () => {
  const fresh = { ...name, repository: 'team/fresh' };
  ecr.failNext('CreateRepository', ecrError('RepositoryAlreadyExistsException'), true);

  await registry.put(fresh, 'v1', manifest);

  expect(await registry.head(fresh, 'v1')).toBe(manifest.digest);
});

test('if creating repositories is not allowed, the error says what to do', async () => {
  ecr.failNext('CreateRepository', ecrError('AccessDeniedException', 'not authorized'), false);

  await expect(registry.put({ ...name, repository: 'team/fresh' }, 'v1', manifest)).rejects.toThrow(
    /^CreateRepository \S+\/team\/fresh: not authorized; deploy the stack again/,
  );
});

test('73 images are put at ten PutImage calls a second', async () => {
  await Promise.all(
    Array.from({ length: 73 }, async (_, index) => {
      const one = { ...name, repository: `team/image${index}` };
      ecr.makeRepository(one.repository);
      await registry.put(one, 'v1', manifest);
    }),
  );

  expect(ecr.calls.filter((call) => call === 'PutImage')).toHaveLength(73);
  expect(clock.waited()).toBeGreaterThanOrEqual(7200);
});

test('a manifest whose bytes are not its digest’s is refused', async () => {
  const lying = {
    send: async () => ({
      images: [{ imageId: { imageDigest: another.digest }, imageManifest: String(manifest.bytes) }],
    }),
  } as unknown as FakeEcr['client'];
  const wrong = createEcrRegistry({ client: lying, oci: registry, movableTags: [], pullAccounts: [], clock });

  await expect(wrong.get(name, 'v1')).rejects.toThrow(/^BatchGetImage \S+: the manifest's bytes have digest sha256:/);
});

test('each host has its registry, and that of the destination copies', async () => {
  const calls: string[] = [];
  const recorder = (label: string): ImageRegistry => ({
    head: async () => void calls.push(`${label} head`),
    get: async () => void calls.push(`${label} get`),
    config: async () => void calls.push(`${label} config`),
    put: async () => void calls.push(`${label} put`),
    copyContent: async () => void calls.push(`${label} copy`),
    referrers: async () => {
      calls.push(`${label} referrers`);
      return [];
    },
    blob: async () => void calls.push(`${label} blob`),
    putBlob: async () => {
      calls.push(`${label} put blob`);
      return '';
    },
  });
  const special = { ...recorder('special'), pullsLeft: () => ({ remaining: 7 }) };
  const both = registryByHost(recorder('usual'), (host) => (host === name.host ? special : undefined));
  const elsewhere = { host: 'ghcr.io', repository: 'team/restapi' };

  await both.head(name, 'v1');
  await both.get(elsewhere, 'v1');
  await both.config(elsewhere, manifest);
  await both.put(name, 'v1', manifest);
  await both.copyContent(name, elsewhere, manifest);
  await both.copyContent(elsewhere, name, manifest);
  await both.referrers(name, manifest.digest);
  await both.blob(elsewhere, manifest.digest);
  await both.putBlob(name, Buffer.from('x'));

  const expected = ['special head', 'usual get', 'usual config', 'special put', 'usual copy', 'special copy'];
  expect(calls).toEqual([...expected, 'special referrers', 'usual blob', 'special put blob']);
  expect(both.pullsLeft?.(name.host)).toEqual({ remaining: 7 });
  expect(both.pullsLeft?.(elsewhere.host)).toBeUndefined();
});
