/** The schema of the git host: its repository and its logins. */
import * as z from 'zod';
import { codeCommitRegion } from './codecommit';
import { text } from './files/text';

/** The two numbers of an App, which are not secret. */
const GitHubApp = z.strictObject({
  /** The number of the App. @example 123456 */
  appId: z.int().positive(),
  /** The number of its installation on the repository. @example 7654321 */
  installationId: z.int().positive(),
});

export type GitHubApp = z.infer<typeof GitHubApp>;

const READER = "must be 'token', or the numbers of a second App: { appId, installationId }";

const apiUrl = z.url({ protocol: /^https?$/, error: 'must be an address that begins with https://' });

const HOSTS =
  "'github', 'gitlab', 'gitea', 'bitbucket', 'bitbucket-data-center', 'azure-devops', 'codecommit' or 'local'";

/** The repository of the monorepo, and how to log in. */
export const Git = z.discriminatedUnion(
  'host',
  [
    z.strictObject({
      /** The git host. */
      host: z.literal('github'),
      /** `owner/name`, on GitLab with all subgroups. @example "team/monorepo" */
      repository: text(/^[\w.-]+\/[\w.-]+$/, 'owner/name'),
      /** Ids stay right when a repository is renamed or its name is taken over. Default: the name is used. @example 482915 */
      repositoryId: z.int().positive().optional(),
      /** The address of the host's API, for a host of your own. GitLab's default is `https://gitlab.com/api/v4`, Bitbucket Cloud's `https://api.bitbucket.org/2.0`, Azure DevOps' `https://dev.azure.com`; `gitea`, `bitbucket-data-center` and `codecommit` require it. @example "https://github.example.com/api/v3" */
      apiUrl: apiUrl.default('https://api.github.com'),
      /** A GitHub App instead of a token: the git secret then holds the App's private key. Default: a token. @example { "appId": 123456, "installationId": 7654321 } */
      app: GitHubApp.optional(),
      /**
       * A second login, which cannot commit. All steps but the commit step use it, from a secret of its own. It is `token` or a second App,
       * because the key of an App can make every token that the App was granted. Default: one login for all. @example "token"
       */
      reader: z.union([z.literal('token'), GitHubApp], { error: READER }).optional(),
    }),
    z.strictObject({
      host: z.literal('gitlab'),
      /** `group/name`, subgroups included. */
      repository: text(/^[\w.-]+(\/[\w.-]+)+$/, 'group/name'),
      /** The project's numeric id. */
      repositoryId: z.int().positive().optional(),
      apiUrl: apiUrl.default('https://gitlab.com/api/v4'),
      /** A second token, which cannot commit to protected branches, as with GitHub. */
      reader: z.literal('token').optional(),
    }),
    z.strictObject({
      /** Gitea and Forgejo. */
      host: z.literal('gitea'),
      /** `owner/name`. */
      repository: text(/^[\w.-]+\/[\w.-]+$/, 'owner/name'),
      repositoryId: z.int().positive().optional(),
      /** `https://<host>/api/v1`. */
      apiUrl,
      /** A second token, as with GitHub. Gitea lets only those set a status who may push, so protect the branches from it. */
      reader: z.literal('token').optional(),
    }),
    z.strictObject({
      /** Bitbucket Cloud. */
      host: z.literal('bitbucket'),
      /** `workspace/repository`. */
      repository: text(/^[\w.-]+\/[\w.-]+$/, 'workspace/repository'),
      /** The `uuid` of the repository, in braces. @example "{c7a04a76-fa20-43e4-dc42-a7506db4c95b}" */
      repositoryId: text(/^\{[0-9a-f-]{36}\}$/, 'a UUID in braces').optional(),
      apiUrl: apiUrl.default('https://api.bitbucket.org/2.0'),
      /** A second token without a scope to write, as with GitHub. */
      reader: z.literal('token').optional(),
    }),
    z.strictObject({
      /** Bitbucket Data Center. */
      host: z.literal('bitbucket-data-center'),
      /** `PROJECT/repository`, or `~user/repository`. */
      repository: text(/^~?[\w.-]+\/[\w.-]+$/, 'PROJECT/repository'),
      repositoryId: z.int().positive().optional(),
      /** `https://<host>/rest`. */
      apiUrl: apiUrl.regex(/\/rest\/?$/, { error: 'must end with /rest' }),
      /** A second token, which may read only, as with GitHub. */
      reader: z.literal('token').optional(),
    }),
    z.strictObject({
      /** Azure DevOps. */
      host: z.literal('azure-devops'),
      /** `organization/project/repository`; on a server of one's own, the organization is the collection. */
      repository: text(/^[^/%?#]+(\/[^/%?#]+){2}$/, 'organization/project/repository'),
      /** The repository's id. Required, because deliveries do not name the organization. @example "278d5cd2-584d-4b63-824a-2ba458937249" */
      repositoryId: z.uuid().lowercase(),
      apiUrl: apiUrl.default('https://dev.azure.com'),
      /** A second token, whose owner may not contribute, as with GitHub. */
      reader: z.literal('token').optional(),
    }),
    z.strictObject({
      /** AWS CodeCommit, in the account and region of the stack. The stack grants its functions the rights; there is no token. */
      host: z.literal('codecommit'),
      /** The name of the repository. */
      repository: text(/^[\w.-]{1,100}$/, 'the name of a repository'),
      /** `https://git-codecommit.<region>.amazonaws.com`. */
      apiUrl: apiUrl.refine((url) => codeCommitRegion(url) !== undefined, {
        error: 'must be https://git-codecommit.<region>.amazonaws.com',
      }),
    }),
    z.strictObject({
      host: z.literal('local'),
      /** Path of a bare repository. @example "/srv/git/monorepo.git" */ path: z.string().min(1),
    }),
  ],
  { error: ({ code }) => (code === 'invalid_union' ? `must be ${HOSTS}` : undefined) },
);

/** The repository of values files, version locks and charts, if the monorepo does not have them. */
export const ValuesRepository = z.strictObject({
  /** Its host, name and logins, as in `git`. Its logins have secrets of their own. @example { "host": "github", "repository": "team/deployments" } */
  git: Git,
  /** The branch that all runs read and update. */
  branch: text(
    /^(?![-/.])(?!image-pipeline\/)(?!refs\/)(?!.*(?:\.\.|\/\/|\/\.|@\{))[^\s\p{Cc}*?:~^[\\]{1,200}(?<![/.])$/u,
    'the name of one branch, without refs/heads/, and none that begins with image-pipeline/',
  ).default('main'),
});
