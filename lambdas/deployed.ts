/** How the deployed functions reach the git host, made of settings and secrets. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from '../adapters/aws/secrets';
import { systemClock } from '../adapters/clock';
import { createGitHubAppToken } from '../adapters/git/github-app-token';
import { createGitHubComments } from '../adapters/git/github-comment';
import { createGitHubHost } from '../adapters/git/github-git-host';
import { createGitHubStatuses } from '../adapters/git/github-status';
import { createGitLabComments } from '../adapters/git/gitlab-comment';
import { createGitLabHost } from '../adapters/git/gitlab-git-host';
import { createGitLabStatuses } from '../adapters/git/gitlab-status';
import { ERROR_NAMES } from '../core/contract';
import { InvalidInputError } from '../core/errors';
import type { CommentWriter, GitHost, StatusWriter } from '../core/ports';
import type { Settings } from '../core/settings';

/** What the functions use of the git host, all by one login. */
export interface DeployedGit {
  readonly git: GitHost;
  readonly statuses: StatusWriter;
  readonly comments: CommentWriter;
}

/** The git host of the settings, with the token in the secret, or one that the App whose key is in it is given. */
export function deployedGit(settings: Settings, secretId: string): DeployedGit {
  const { git } = settings;
  if (git.host === 'local') {
    const message = "is 'local', which a Lambda function cannot reach; name github or gitlab";
    const problems = [{ path: 'git.host', message }];
    throw new InvalidInputError('the settings cannot be deployed', problems, undefined, ERROR_NAMES.invalidSettings);
  }
  const token = gitToken(settings, createSecretReader(new SecretsManagerClient({}), secretId, systemClock));
  const options = { repository: git.repository, apiUrl: git.apiUrl, token, clock: systemClock };
  return git.host === 'gitlab'
    ? {
        git: createGitLabHost(options),
        statuses: createGitLabStatuses(options),
        comments: createGitLabComments(options),
      }
    : {
        git: createGitHubHost(options),
        statuses: createGitHubStatuses(options),
        comments: createGitHubComments(options),
      };
}

/** What an App's token may do: read the source, commit to branches, say how a run stands; and comment, if that is asked for. */
const APP_PERMISSIONS = { contents: 'write', statuses: 'write' } as const;

function gitToken({ git, pullRequests }: Settings, secret: () => Promise<string>): () => Promise<string> {
  if (git.host !== 'github' || git.app === undefined) return secret;
  const { apiUrl, repository, app } = git;
  const permissions = pullRequests.comment ? { ...APP_PERMISSIONS, pull_requests: 'write' as const } : APP_PERMISSIONS;
  return createGitHubAppToken({ apiUrl, repository, ...app, permissions, privateKey: secret, clock: systemClock });
}
