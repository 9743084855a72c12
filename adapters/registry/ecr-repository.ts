/** Release repositories in ECR, made when an image is released for the first time. */
import { CreateRepositoryCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { ERROR_NAMES } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import { contentTag } from '../../core/keys';
import type { RepositoryName } from '../../core/ports';
import { ecrAccount } from './ecr-host';

/**
 * Makes the repository as the stack makes those it knows: versions are write-once, the tag that names the content may move to a newer
 * build of it, and images are scanned. One that somebody else made meanwhile is left as it is.
 */
export async function createRepository(client: Pick<ECRClient, 'send'>, name: RepositoryName): Promise<void> {
  try {
    await client.send(
      new CreateRepositoryCommand({
        registryId: ecrAccount(name.host),
        repositoryName: name.repository,
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: contentTag('*') }],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
      }),
    );
  } catch (error) {
    if ((error as { readonly name?: unknown }).name === 'RepositoryAlreadyExistsException') return;
    throw new PipelineError(
      ERROR_NAMES.registry,
      `CreateRepository ${name.host}/${name.repository}: ${messageOf(error)}; add the image to the catalog and deploy again, ` +
        'or allow the release function to make repositories',
      { cause: error },
    );
  }
}
