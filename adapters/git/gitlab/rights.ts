/** The rights of the pipeline's token on GitLab: https://docs.gitlab.com/api/personal_access_tokens, which also describes project tokens. */

import * as z from 'zod';
import { ERROR_NAMES } from '../../../core/contract/errors';
import type { GitTask } from '../../../core/settings/git-login';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';
import type { GitHostRights } from '../git-host-access';
import type { GitLabOptions } from './git-host';
import { createGitLabRest } from './rest';

const LARGEST_JSON = 1024 * 1024;
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

export interface GitLabRightsOptions extends GitLabOptions {
  /** The tasks of the login. */
  readonly tasks: readonly GitTask[];
}

/** Reads the rights with two requests, which change nothing. Throws `GitHostError`. */
export async function readGitLabRights({ tasks, ...options }: GitLabRightsOptions): Promise<GitHostRights> {
  const [{ scopes, expires_at }, project] = await Promise.all([readToken(options), readProject(options)]);
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

async function readToken({ apiUrl, token, clock }: GitLabOptions): Promise<z.infer<typeof Token>> {
  const allowLoopback = isLoopback(new URL(apiUrl).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const url = new URL(`${trimSlashes(apiUrl)}/personal_access_tokens/self`);
  const headers = { authorization: `Bearer ${await token()}`, 'user-agent': 'image-pipeline' };
  return http.exchange({ method: 'GET', url, headers, expect: [200] }, async (reply) =>
    checkReply(Token, await readJson(reply, LARGEST_JSON), 'the token cannot be read'),
  );
}

function readProject(options: GitLabOptions): Promise<z.infer<typeof Project>> {
  return createGitLabRest(options)({
    method: 'GET',
    path: '',
    repeatable: true,
    expect: [200],
    read: async (reply) => checkReply(Project, await readJson(reply, LARGEST_JSON), 'the project cannot be read'),
  });
}
