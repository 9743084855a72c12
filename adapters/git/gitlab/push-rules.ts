/** GitLab's rules about pushes. The branch itself tells if the caller may push: https://docs.gitlab.com/api/branches/#get-single-repository-branch */
import * as z from 'zod';
import type { PushRules } from '../../../core/ports/pull-request';
import { discardBody, readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import type { GitLabOptions } from './git-host';
import { createGitLabRest } from './rest';

const LARGEST_JSON = 1024 * 1024;

const Branch = z.object({ protected: z.boolean(), can_push: z.boolean() });

/** Creates access to the rules. The token needs the scope `api`, or `read_api`. */
export function createGitLabPushRules(options: GitLabOptions): PushRules {
  const send = createGitLabRest(options);
  return {
    refusals: async (branch) => {
      const found = await send({
        method: 'GET',
        path: `/repository/branches/${encodeURIComponent(branch)}`,
        repeatable: true,
        expect: [200, 404],
        read: async (reply) => {
          if (reply.status === 404) return void discardBody(reply);
          return checkReply(Branch, await readJson(reply, LARGEST_JSON), 'the branch cannot be read');
        },
      });
      if (found === undefined || found.can_push) return [];
      return [found.protected ? 'the branch is protected, and the login may not push to it' : 'the login may not push'];
    },
  };
}
