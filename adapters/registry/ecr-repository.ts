/** Release repositories in ECR, made when an image is released for the first time; docs/decisions/005 has the reasons. */
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import { movablePatterns } from '../../core/keys';
import type { RepositoryName } from '../../core/ports';
import type { EcrClient } from './ecr-client';
import { ecrAccount } from './ecr-host';
import { isNamed } from './ecr-images';

const NOT_ALLOWED =
  '; deploy the stack again, whose release function may make repositories in the namespace, or make this one by hand, with write-once tags';

/**
 * Makes the repository: versions are write-once in it, the tag that names the content may move to a newer build of it, and so may
 * `movableTags`. Images are scanned. One that somebody else made meanwhile is left as it is. No lifecycle: releases do not expire.
 */
export async function createRepository(
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
