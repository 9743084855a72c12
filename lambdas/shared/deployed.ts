/** The git host of the deployed functions, opened with settings and secrets. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from '../../adapters/aws/secrets';
import { systemClock } from '../../adapters/clock';
import { createGitHubAppToken } from '../../adapters/git/github/app-token';
import { KNOWN_HOSTS } from '../../adapters/git/known-hosts';
import { ERROR_NAMES, InvalidInputError } from '../../core/contract/errors';
import type { CommentWriter, GitHost, StatusWriter, TagHost } from '../../core/ports/git';
import type { PullRequestHost } from '../../core/ports/pull-request';
import { valuesSettings } from '../../core/settings/files/values-repository';
import { type GitRole, type GitTask, gitApp, gitPermissions } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';
import { LAMBDA_ENV, readEnv } from './environment';

/** The parts of a git host that functions use, with one login. Each requests only the permissions that it needs. */
export interface DeployedGit {
  readonly git: GitHost;
  readonly statuses: StatusWriter;
  readonly comments: CommentWriter;
  /** Only the writer may make tags. */
  readonly tags: TagHost;
  /** Likewise. */
  readonly pulls: PullRequestHost;
}

/**
 * Opens the git host of the settings. The secret has a token, or the key of a GitHub App that creates tokens; those of the `reader` cannot
 * commit.
 */
export function deployedGit(settings: Settings, secretId: string, role: GitRole): DeployedGit {
  const { git } = settings;
  if (git.host === 'local') {
    const message =
      "is 'local', which a Lambda function cannot reach; name a git host that it can reach, such as github";
    const problems = [{ path: 'git.host', message }];
    throw new InvalidInputError('the settings cannot be deployed', problems, undefined, ERROR_NAMES.invalidSettings);
  }
  const { apiUrl, repository } = git;
  const secret = createSecretReader(new SecretsManagerClient({}), secretId, systemClock);
  const app = gitApp(settings, role);
  const optionsFor = (task: GitTask) => {
    const login = { privateKey: secret, permissions: gitPermissions([task], 'app') };
    const token =
      app === undefined ? secret : createGitHubAppToken({ apiUrl, repository, ...app, ...login, clock: systemClock });
    return { repository, apiUrl, token, clock: systemClock };
  };
  const source = optionsFor(role === 'writer' ? 'commit' : 'read');
  const host = KNOWN_HOSTS[git.host];
  return {
    git: host.open(source),
    statuses: host.statuses({ ...optionsFor('announce'), appId: app?.appId }),
    comments: host.comments(optionsFor('comment')),
    tags: host.tags(source),
    pulls: host.pullRequests(optionsFor('propose')),
  };
}

/** The logins of a function at the two repositories. */
interface RepositoryRoles {
  readonly git: GitRole;
  readonly valuesGit: GitRole;
}

/**
 * Opens the monorepo, and the repository of the values files with its own login. If the monorepo has the values files, both are the same
 * host, opened as the writer if either role is. Throws an error if the secret of the values repository is not set.
 */
export function deployedRepositories(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  { git, valuesGit }: RepositoryRoles,
): { readonly source: DeployedGit; readonly values: DeployedGit } {
  const secret = env[LAMBDA_ENV.gitSecret] ?? '';
  const values = valuesSettings(settings);
  if (values === undefined) {
    const both = deployedGit(settings, secret, git === 'writer' ? git : valuesGit);
    return { source: both, values: both };
  }
  // The role of a function is its login at CodeCommit.
  const isNeeded = values.git.host !== 'codecommit';
  const { valuesGitSecret } = isNeeded ? readEnv(env, ['valuesGitSecret']) : { valuesGitSecret: '' };
  return { source: deployedGit(settings, secret, git), values: deployedGit(values, valuesGitSecret, valuesGit) };
}
