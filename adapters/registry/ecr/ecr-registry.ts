/**
 * Amazon ECR by its own API where that is better than the registry protocol: one call gives digest and bytes of a manifest, and
 * errors say what they mean. Blobs go by the protocol.
 */

import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import { movablePatterns } from '../../../core/contract/keys';
import type { ImageRegistry, Manifest, RepositoryName } from '../../../core/ports/registry';
import type { Clock } from '../../../core/ports/store';
import { checkReference } from '../check-reference';
import { checkManifest, readBack } from '../put-manifest';
import type { EcrClient } from './ecr-client';
import { ecrAccount } from './ecr-host';
import { ecrFailure, findImage, isNamed, putImage, toManifest } from './ecr-images';

interface EcrRegistryOptions {
  /** A client of the registry's region, which retries and keeps the pace by itself; nothing here does so again. */
  readonly client: EcrClient;
  /** The registry protocol, for content. */
  readonly oci: ImageRegistry;
  /** Tags that may move in repositories made here, besides those of ours. */
  readonly movableTags: readonly string[];
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
}

/** The port for repositories of one account and region. Throws `RegistryError`. */
export function createEcrRegistry({ client, oci, movableTags, clock, random }: EcrRegistryOptions): ImageRegistry {
  const inRepository = (name: RepositoryName, work: () => Promise<void>) =>
    orMake(() => createRepository(client, name, movableTags), work);
  const get = async (name: RepositoryName, reference: string) => {
    checkReference(name, reference);
    const image = await findImage(client, name, reference);
    return image === undefined ? undefined : toManifest(name, reference, image);
  };
  const head = async (name: RepositoryName, reference: string) => (await get(name, reference))?.digest;

  const put = async (name: RepositoryName, reference: string, manifest: Manifest): Promise<void> => {
    checkReference(name, reference);
    checkManifest(name, reference, manifest);
    // An error may say that something is there already, or nothing at all of what was done. Whether the right thing is there, only a
    // look can tell (aws/containers-roadmap#2179: an immutable tag is refused even for the digest that it has).
    const cause = await putImage(client, name, reference, manifest).catch((error: unknown) => error ?? 'failed');
    const look = () => head(name, reference);
    const found =
      cause === undefined
        ? await readBack(look, manifest.digest, { clock, random })
        : await look().catch(() => undefined);
    if (found === manifest.digest) return;
    if (cause !== undefined && found === undefined)
      throw ecrFailure('PutImage', name, reference, messageOf(cause), cause);
    const text = found === undefined ? 'there is no such image after it was put' : `it is ${found}`;
    throw ecrFailure(
      'PutImage',
      name,
      reference,
      `${text}, and should be ${manifest.digest}; a version is given once`,
      cause,
    );
  };

  return {
    get,
    head,
    config: (name, manifest) => oci.config(name, manifest),
    put: (name, reference, manifest) => inRepository(name, () => put(name, reference, manifest)),
    copyContent: (from, to, manifest, kept) => inRepository(to, () => oci.copyContent(from, to, manifest, kept)),
  };
}

/** Does the work again in a new repository if it failed because there is none: the first release of an image. */
async function orMake(make: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
    await make();
    await work();
  }
}

/** By the SDK's error on one way, by the registry protocol's code on the other. */
function isRepositoryMissing(error: unknown): boolean {
  const cause = error instanceof PipelineError ? error.cause : undefined;
  return (
    isNamed(cause, 'RepositoryNotFoundException') || (error as { readonly code?: unknown }).code === 'NAME_UNKNOWN'
  );
}

// Release repositories in ECR, made when an image is released for the first time; docs/decisions/005 has the reasons.

const NOT_ALLOWED =
  '; deploy the stack again, whose release function may make repositories in the namespace, or make this one by hand, with write-once tags';

/**
 * Makes the repository: versions are write-once in it, the tag that names the content may move to a newer build of it, and so may
 * `movableTags`. Images are scanned. One that somebody else made meanwhile is left as it is. No lifecycle: releases do not expire.
 */
async function createRepository(
  client: EcrClient,
  name: RepositoryName,
  movableTags: readonly string[],
): Promise<void> {
  try {
    await client.send(
      new CreateRepositoryCommand({
        registryId: ecrAccount(name.host),
        repositoryName: name.repository,
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: movablePatterns(movableTags).map((filter) => ({
          filterType: 'WILDCARD' as const,
          filter,
        })),
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
      }),
    );
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException')) return;
    const advice = isNamed(error, 'AccessDeniedException') ? NOT_ALLOWED : '';
    const text = `CreateRepository ${name.host}/${name.repository}: ${messageOf(error)}${advice}`;
    throw new PipelineError(ERROR_NAMES.registry, text, { cause: error });
  }
}
