/** Calls of ECR's API on images: what is asked, and every answer that is no image. */
import { BatchGetImageCommand, type PutImageCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '../../../../adapters/registry/check-reference';
import type { EcrClient } from '../../../../adapters/registry/ecr/ecr-client';
import { findImage, isNamed, putImage, toManifest } from '../../../../adapters/registry/ecr/ecr-images';
import { createEcrRegistry } from '../../../../adapters/registry/ecr/ecr-registry';
import { MANIFEST_TYPES } from '../../../../core/image/manifest';
import type { ImageRegistry } from '../../../../core/ports/registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { imageOf } from '../../../support/registry/fake-registry-content';
import { createFakeEcr, ecrError } from '../../../support/registry/fake-registry-ecr';

const name = { host: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', repository: 'team/restapi' };
const { manifest } = imageOf('ecr');
const another = imageOf('another').manifest;

/** A client that gives one answer, and the inputs that it got. */
function answering(answer: unknown) {
  const asked: unknown[] = [];
  const send = async (command: BatchGetImageCommand | PutImageCommand) => {
    asked.push(command.input);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { client: { send } as unknown as EcrClient, asked };
}

test('an image is asked for by tag or digest, in every type that is known', async () => {
  const { client, asked } = answering({});

  expect(await findImage(client, name, 'v1')).toBeUndefined();
  await findImage(client, name, manifest.digest);

  const common = {
    registryId: '111122223333',
    repositoryName: 'team/restapi',
    acceptedMediaTypes: [...MANIFEST_TYPES],
  };
  expect(asked).toEqual([
    { ...common, imageIds: [{ imageTag: 'v1' }] },
    { ...common, imageIds: [{ imageDigest: manifest.digest }] },
  ]);
});

test.each([
  [{ failures: [{ failureCode: 'ImageNotFound' }] }, undefined],
  [ecrError('RepositoryNotFoundException'), undefined],
  [
    { failures: [{ failureCode: 'ImageNotFound' }, { failureCode: 'KmsError', failureReason: 'no key' }] },
    `BatchGetImage ${name.host}/team/restapi:v1: KmsError: no key`,
  ],
  [ecrError('AccessDeniedException', 'not authorized'), `BatchGetImage ${name.host}/team/restapi:v1: not authorized`],
])('the answer %p is no image, or an error of this kind', async (answer, message) => {
  const { client } = answering(answer);

  if (message === undefined) expect(await findImage(client, name, 'v1')).toBeUndefined();
  else await expect(findImage(client, name, 'v1')).rejects.toMatchObject({ name: 'RegistryError', message });
});

test('an error of the SDK is kept as the cause', async () => {
  const cause = ecrError('ThrottlingException', 'slow down');

  await expect(findImage(answering(cause).client, name, 'v1')).rejects.toMatchObject({ cause });
});

describe('a manifest counts only with the bytes of its digest', () => {
  const image = (imageDigest: string | undefined, bytes = manifest.bytes) => ({
    imageManifest: String(bytes),
    imageManifestMediaType: manifest.mediaType,
    ...(imageDigest && { imageId: { imageDigest } }),
  });

  test('and with that digest, if it was asked for by it', () => {
    expect(toManifest(name, 'v1', image(manifest.digest))).toEqual(manifest);
    expect(toManifest(name, manifest.digest, image(manifest.digest))).toEqual(manifest);
    expect(() => toManifest(name, another.digest, image(manifest.digest))).toThrow(
      `BatchGetImage ${name.host}/team/restapi@${another.digest}: the manifest's bytes have digest ${manifest.digest}, not ${another.digest}`,
    );
  });

  test('of the kind that ECR says', () => {
    const long = digestOf(manifest.bytes, 'sha512:');

    expect(toManifest(name, 'v1', image(long)).digest).toBe(long);
    expect(() => toManifest(name, 'v1', image(undefined))).toThrow('not undefined');
    expect(() => toManifest(name, 'v1', image(manifest.digest, another.bytes))).toThrow(`not ${manifest.digest}`);
    expect(() => toManifest(name, 'v1', {})).toThrow('not undefined');
  });
});

test('a put names type and digest, and a tag only if it is given', async () => {
  const { client, asked } = answering({});

  await putImage(client, name, 'v1', manifest);
  await putImage(client, name, manifest.digest, manifest);

  const common = {
    registryId: '111122223333',
    repositoryName: 'team/restapi',
    imageManifest: String(manifest.bytes),
    imageManifestMediaType: manifest.mediaType,
    imageDigest: manifest.digest,
  };
  expect(asked).toEqual([{ ...common, imageTag: 'v1' }, common]);
});

test('bytes that are no UTF-8 are not put, because ECR would store others', async () => {
  const { client, asked } = answering({});
  const bytes = Buffer.from([0x7b, 0xff, 0x7d]);

  await expect(putImage(client, name, 'v1', { ...manifest, bytes })).rejects.toThrow('the manifest is not UTF-8');
  expect(asked).toEqual([]);
});

test.each([
  [ecrError('A'), true],
  [ecrError('B'), true],
  [ecrError('C'), false],
  [{ name: 'A' }, true],
  ['A', false],
  [null, false],
  [undefined, false],
  [{}, false],
])('%p has one of the names: %p', (error, expected) => {
  expect(isNamed(error, 'A', 'B')).toBe(expected);
});

test('an image that was accepted and never shows is an error that says so', async () => {
  const ecr = createFakeEcr();
  ecr.makeRepository(name.repository);
  const client = {
    send: async (command: Parameters<EcrClient['send']>[0]) =>
      command instanceof BatchGetImageCommand ? { images: [] } : ecr.client.send(command as PutImageCommand),
  } as unknown as EcrClient;
  const oci = { config: async () => Buffer.from('config') } as unknown as ImageRegistry;
  const clock = createStillClock();
  const registry = createEcrRegistry({ client, oci, movableTags: [], pullAccounts: [], clock });

  await expect(registry.put(name, 'v1', manifest)).rejects.toThrow(
    `PutImage ${name.host}/team/restapi:v1: the image was put and accepted, and is not there; start the run again`,
  );
  expect(clock.waited()).toBeGreaterThanOrEqual(20_000);
  expect(await registry.config(name, manifest)).toEqual(Buffer.from('config'));
});
