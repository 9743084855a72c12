/** The rights of the pipeline's token on Azure DevOps. */
import * as z from 'zod';
import type { GitHostRights, RightsOptions } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { type AzureRepository, createOrganizationRest, readRepository, VERSION } from './git-host';

/** The namespace and the bits of permissions on git repositories: https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference */
const GIT_REPOSITORIES = '2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87';
const READ = 2;
export const CONTRIBUTE = 4;
const CONTRIBUTE_TO_PULLS = 16384;

/**
 * Reads the permissions of the token's owner, without changing anything. The scopes of a token are not told.
 * https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions. Throws `GitHostError`.
 */
export async function readAzureRights({ tasks, ...options }: RightsOptions): Promise<GitHostRights> {
  const { id, name, isDisabled, project } = await readRepository(options);
  const may = askPermission(options, { id, project });
  const [reads, writes, comments] = await Promise.all([may(READ), may(CONTRIBUTE), may(CONTRIBUTE_TO_PULLS)]);
  const commits = tasks.includes('commit');
  const usesPulls = tasks.includes('comment') || tasks.includes('propose');
  return {
    missing: [
      ...(reads ? [] : ['permission Read']),
      ...(commits && !writes ? ['permission Contribute'] : []),
      ...(usesPulls && !comments ? ['permission Contribute to pull requests'] : []),
      ...(isDisabled === true ? ['a repository that is not disabled'] : []),
    ],
    excess: !commits && writes ? ['permission Contribute'] : [],
    facts: [`repository ${name} of project ${project.name}`, `id ${id}`, 'the scopes of the token are not told'],
  };
}

/** Returns a function that tells if the login has the permission with this bit on the repository. */
export function askPermission(
  options: HostOptions,
  { id, project }: Pick<AzureRepository, 'id' | 'project'>,
): (bit: number) => Promise<boolean> {
  const send = createOrganizationRest(options);
  const token = encodeURIComponent(`repoV2/${project.id}/${id}`);
  return async (bit) => {
    const { value } = await send({
      path: `/permissions/${GIT_REPOSITORIES}/${bit}?tokens=${token}&${VERSION}`,
      read: json(z.object({ value: z.array(z.boolean()) }), 'the permissions cannot be read'),
    });
    return value[0] === true;
  };
}
