/** GitLab's rules about pushes. The branch itself tells if the caller may push: https://docs.gitlab.com/api/branches/#get-single-repository-branch */
import * as z from 'zod';
import type { PushRules } from '../../../core/ports/pull-request';
import { type HostOptions, json, undefinedIf } from '../rest';
import { createGitLabRest } from './git-host';

const Branch = z.object({ protected: z.boolean(), can_push: z.boolean() });

/** Creates access to the rules. The token needs the scope `api`, or `read_api`. */
export function createGitLabPushRules(options: HostOptions): PushRules {
  const send = createGitLabRest(options);
  return {
    refusals: async (branch) => {
      const path = `/repository/branches/${encodeURIComponent(branch)}`;
      const read = json(Branch, 'the branch cannot be read');
      const found = await send({ path, read }).catch(undefinedIf(404));
      if (found === undefined || found.can_push) return [];
      return [found.protected ? 'the branch is protected, and the login may not push to it' : 'the login may not push'];
    },
  };
}
