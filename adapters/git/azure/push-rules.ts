/** Azure DevOps' rules about pushes: a branch with a policy that blocks takes no pushes, except from those who may bypass it. */
import * as z from 'zod';
import type { PushRules } from '../../../core/ports/pull-request';
import { type HostOptions, json } from '../rest';
import { createAzureRest, createProjectRest, readRepository, VERSION } from './git-host';
import { askPermission, CONTRIBUTE } from './rights';

const Policies = z.object({
  value: z.array(
    z.object({
      isEnabled: z.boolean(),
      isBlocking: z.boolean(),
      isDeleted: z.boolean().optional(),
      type: z.object({ displayName: z.string().optional() }).optional(),
    }),
  ),
});
const Refs = z.object({ value: z.array(z.object({ name: z.string(), isLocked: z.boolean().optional() })) });

/** The bit of *Bypass policies when pushing*. */
const BYPASS = 128;

/** Creates access to the rules: https://learn.microsoft.com/rest/api/azure/devops/git/policy-configurations/get */
export function createAzurePushRules(options: HostOptions): PushRules {
  return {
    refusals: async (branch) => {
      const ref = `refs/heads/${branch}`;
      const found = await readBranch(options, branch);
      if (found === undefined) return [];
      const repository = await readRepository(options);
      const query = new URLSearchParams({ repositoryId: repository.id, refName: ref });
      const { value } = await createProjectRest(options)({
        path: `/git/policy/configurations?${query}&${VERSION}`,
        read: json(Policies, 'the policies of the branch cannot be read'),
      });
      const blocking = value.filter((each) => each.isEnabled && each.isBlocking && each.isDeleted !== true);
      const may = askPermission(options, repository);
      const [writes, bypasses] = await Promise.all([may(CONTRIBUTE), blocking.length > 0 && may(BYPASS)]);
      return [
        ...(writes ? [] : ['the login may not contribute']),
        ...(found.isLocked === true ? ['the branch is locked'] : []),
        ...(bypasses
          ? []
          : blocking.map(({ type }) => `a policy blocks pushes: ${type?.displayName ?? 'without a name'}`)),
      ];
    },
  };
}

async function readBranch(options: HostOptions, branch: string) {
  const query = new URLSearchParams({ filter: `heads/${branch}` });
  const read = json(Refs, 'the branch cannot be read');
  const path = `/refs?${query}&${VERSION}`;
  const { value } = await createAzureRest(options)({ path, read });
  return value.find(({ name }) => name === `refs/heads/${branch}`);
}
