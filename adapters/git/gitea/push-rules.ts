/** Gitea's and Forgejo's rules about pushes. The branch itself tells if the caller may push. */
import * as z from 'zod';
import type { PushRules } from '../../../core/ports/pull-request';
import { type HostOptions, json, undefinedIf } from '../rest';
import { createGiteaRest } from './git-host';

const Branch = z.object({ protected: z.boolean(), user_can_push: z.boolean() });

/** Creates access to the rules: https://docs.gitea.com/api/#tag/repository/operation/repoGetBranch */
export function createGiteaPushRules(options: HostOptions): PushRules {
  const send = createGiteaRest(options);
  return {
    refusals: async (branch) => {
      const path = `/branches/${branch.split('/').map(encodeURIComponent).join('/')}`;
      const read = json(Branch, 'the branch cannot be read');
      const found = await send({ path, read }).catch(undefinedIf(404));
      if (found === undefined || found.user_can_push) return [];
      return [found.protected ? 'the branch is protected, and the login may not push to it' : 'the login may not push'];
    },
  };
}
