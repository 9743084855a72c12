/** The rights of a person's credentials on AWS CodeCommit. Functions have roles of their own, whose rights the stack grants. */
import type { CodeCommitClient } from '@aws-sdk/client-codecommit';
import type { GitHostRights } from '../git-host-access';
import type { CodeCommitOptions } from './git-host';
import { asHostError, openClient } from './status-and-comment';

/** Reads the repository with one request, which changes nothing. Throws `GitHostError`. */
export async function readCodeCommitRights(
  { repository, apiUrl }: CodeCommitOptions,
  open: () => Promise<CodeCommitClient> = () => openClient(apiUrl),
): Promise<GitHostRights> {
  const found = await asHostError(async () => {
    const { GetRepositoryCommand } = await import('@aws-sdk/client-codecommit');
    return (await open()).send(new GetRepositoryCommand({ repositoryName: repository }));
  });
  const { Arn, repositoryId, defaultBranch } = found.repositoryMetadata ?? {};
  return {
    missing: [],
    excess: [],
    facts: [
      `repository ${Arn ?? repository}`,
      ...(repositoryId === undefined ? [] : [`id ${repositoryId}`]),
      ...(defaultBranch === undefined ? ['no branch yet'] : []),
      'the stack grants the rights of the functions',
    ],
  };
}
