/** Calls of ECR's API on images. */
import {
  BatchGetImageCommand,
  type BatchGetImageCommandOutput,
  DescribeImageReplicationStatusCommand,
  type Image,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import { MANIFEST_TYPES } from '../../../core/image/manifest';
import { isDigest } from '../../../core/image/reference';
import type { Manifest, RepositoryName } from '../../../core/ports/registry';
import { digestOf, printName } from '../check-reference';
import type { EcrClient } from './ecr-client';
import { ecrAccount, ecrRegion } from './ecr-host';

/** Returns the image under a tag or digest; undefined if it or the repository does not exist. */
export async function findImage(
  client: EcrClient,
  name: RepositoryName,
  reference: string,
): Promise<Image | undefined> {
  const { images = [], failures = [] } = (await lookUp(client, name, reference)) ?? {};
  const problem = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound');
  if (problem === undefined) return images[0];
  throw ecrFailure('BatchGetImage', name, reference, `${problem.failureCode}: ${problem.failureReason}`);
}

/** Returns true if the repository exists, by a look at a tag, which needs no right besides that to pull. */
export async function hasRepository(client: EcrClient, name: RepositoryName): Promise<boolean> {
  return (await lookUp(client, name, 'none')) !== undefined;
}

/** Returns undefined if the repository does not exist. */
function lookUp(
  client: EcrClient,
  name: RepositoryName,
  reference: string,
): Promise<BatchGetImageCommandOutput | undefined> {
  const command = new BatchGetImageCommand({
    registryId: ecrAccount(name.host),
    repositoryName: name.repository,
    imageIds: [isDigest(reference) ? { imageDigest: reference } : { imageTag: reference }],
    acceptedMediaTypes: [...MANIFEST_TYPES],
  });
  return client.send(command).catch((error: unknown) => {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    // That of a role that cannot be assumed says what to do.
    if (error instanceof PipelineError) throw error;
    throw ecrFailure('BatchGetImage', name, reference, messageOf(error), error);
  });
}

/** Returns ECR's code for a replication to the host that failed; undefined if it is done, goes on, or has not begun. */
export async function replicationFailure(
  client: EcrClient,
  name: RepositoryName,
  imageDigest: string,
  to: string,
): Promise<string | undefined> {
  const command = new DescribeImageReplicationStatusCommand({
    registryId: ecrAccount(name.host),
    repositoryName: name.repository,
    imageId: { imageDigest },
  });
  const { replicationStatuses = [] } = await client.send(command).catch((error: unknown) => {
    throw ecrFailure('DescribeImageReplicationStatus', name, imageDigest, messageOf(error), error);
  });
  const there = replicationStatuses.find(
    ({ registryId, region }) => registryId === ecrAccount(to) && region === ecrRegion(to),
  );
  return there?.status === 'FAILED' ? (there.failureCode ?? 'no code') : undefined;
}

/** Returns the image's manifest. Throws `RegistryError` if its bytes have another digest than ECR says, or than was asked for. */
export function toManifest(name: RepositoryName, reference: string, image: Image): Manifest {
  const bytes = Buffer.from(image.imageManifest ?? '', 'utf8');
  const mediaType = image.imageManifestMediaType ?? '';
  const announced = image.imageId?.imageDigest;
  const digest = digestOf(bytes, announced);
  if (announced !== digest || (isDigest(reference) && reference !== digest)) {
    const text = `the manifest's bytes have digest ${digest}, not ${isDigest(reference) ? reference : announced}`;
    throw ecrFailure('BatchGetImage', name, reference, text);
  }
  return { bytes, mediaType, digest };
}

/** Puts the exact bytes. Throws the SDK's errors, whose names tell the caller what to do. */
export async function putImage(
  client: EcrClient,
  name: RepositoryName,
  reference: string,
  { bytes, mediaType, digest }: Manifest,
): Promise<void> {
  const text = bytes.toString('utf8');
  // ECR takes the manifest as text. Bytes that are not UTF-8 would get another digest.
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw new Error('the manifest is not UTF-8');
  await client.send(
    new PutImageCommand({
      registryId: ecrAccount(name.host),
      repositoryName: name.repository,
      imageManifest: text,
      imageManifestMediaType: mediaType,
      imageDigest: digest,
      ...(isDigest(reference) ? {} : { imageTag: reference }),
    }),
  );
}

/** Returns a `RegistryError` that names call and image. */
export function ecrFailure(
  call: string,
  name: RepositoryName,
  reference: string,
  text: string,
  cause?: unknown,
): PipelineError {
  return new PipelineError(
    ERROR_NAMES.registry,
    `${call} ${printName(name, reference)}: ${text}`,
    cause === undefined ? {} : { cause },
  );
}

/** Returns true if the SDK's error has one of the names. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return names.some((candidate) => candidate === name);
}
