/** The rights of the pipeline's token on GitLab: https://docs.gitlab.com/api/personal_access_tokens, which also describes project tokens. */

import * as z from 'zod';
import type { GitHostRights, RightsOptions } from '../git-host-access';
import { createGitRest, createHostHttp, json } from '../rest';
import { bearer, createGitLabRest } from './git-host';

/** https://docs.gitlab.com/api/members#roles: a developer may push to unprotected branches, a maintainer to most branches. */
const DEVELOPER = 30;
const MAINTAINER = 40;

const Token = z.object({ scopes: z.array(z.string()), expires_at: z.string().nullish() });
const Access = z.object({ access_level: z.int() }).nullish();
const Project = z.object({
  path_with_namespace: z.string(),
  archived: z.boolean().optional(),
  permissions: z.object({ project_access: Access, group_access: Access }).optional(),
});

/** Reads the rights with two requests, which change nothing. Throws `GitHostError`. */
export async function readGitLabRights({ tasks, ...options }: RightsOptions): Promise<GitHostRights> {
  const { apiUrl: base, clock } = options;
  const http = createHostHttp(base, clock);
  const send = createGitRest({ base, authorization: bearer(options), http });
  const [{ scopes, expires_at }, project] = await Promise.all([
    send({ path: '/personal_access_tokens/self', read: json(Token, 'the token cannot be read') }),
    createGitLabRest(options, http)({ path: '', read: json(Project, 'the project cannot be read') }),
  ]);
  const { project_access, group_access } = project.permissions ?? {};
  const level = Math.max(project_access?.access_level ?? 0, group_access?.access_level ?? 0);
  const commits = tasks.includes('commit');
  const wanted = commits ? ['api', 'write_repository'] : ['api', 'read_repository'];
  const lacking = wanted.filter((scope) => !scopes.includes(scope));
  const [role, needed] = commits ? (['maintainer', MAINTAINER] as const) : (['developer', DEVELOPER] as const);
  return {
    missing: [
      ...lacking.map((scope) => `scope ${scope}`),
      ...(level >= needed ? [] : [`role ${role}`]),
      ...(project.archived === true ? ['a project that is not archived'] : []),
    ],
    excess: commits
      ? []
      : [
          ...(scopes.includes('write_repository') ? ['scope write_repository'] : []),
          ...(level >= MAINTAINER ? ['role maintainer'] : []),
        ],
    facts: [
      `project ${project.path_with_namespace}`,
      `scopes ${scopes.join(', ')}`,
      ...(expires_at ? [`expires ${expires_at}`] : []),
    ],
  };
}
