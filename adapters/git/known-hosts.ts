/** The git hosts that the pipeline knows, and what each can do. */
import { azureWire, createAzureHost } from './azure/git-host';
import { createAzureHooks } from './azure/hooks';
import { createAzurePullRequests } from './azure/pull-requests';
import { createAzurePushRules } from './azure/push-rules';
import { readAzureRights } from './azure/rights';
import { createAzureComments, createAzureStatuses } from './azure/status-and-comment';
import { createBitbucketHost, wireAddress } from './bitbucket/git-host';
import { createBitbucketHooks, readBitbucketRights } from './bitbucket/hooks-and-rights';
import { createBitbucketPullRequests } from './bitbucket/pull-requests';
import { createBitbucketComments, createBitbucketStatuses } from './bitbucket/status-and-comment';
import { bitbucketServerWire, createBitbucketServerHost } from './bitbucket-server/git-host';
import { createServerHooks, readServerRights } from './bitbucket-server/hooks-and-rights';
import { createServerPullRequests } from './bitbucket-server/pull-requests';
import { createServerComments, createServerStatuses } from './bitbucket-server/status-and-comment';
import { codeCommitWire, createCodeCommitHost } from './codecommit/git-host';
import { createCodeCommitPullRequests } from './codecommit/pull-requests';
import { readCodeCommitRights } from './codecommit/rights';
import { createCodeCommitComments, createCodeCommitStatuses } from './codecommit/status-and-comment';
import { createGiteaHost } from './gitea/git-host';
import { createGiteaHooks, readGiteaRights } from './gitea/hooks-and-rights';
import { createGiteaPullRequests } from './gitea/pull-requests';
import { createGiteaPushRules } from './gitea/push-rules';
import { createGiteaComments, createGiteaStatuses } from './gitea/status-and-comment';
import { createGiteaTags } from './gitea/tags';
import { createGitHubHost } from './github/git-host';
import { createGitHubHooks } from './github/hooks';
import { createGitHubPullRequests } from './github/pull-requests';
import { createGitHubPushRules } from './github/push-rules';
import { readGitHubRights } from './github/rights';
import { createGitHubChecks, createGitHubComments, createGitHubStatuses } from './github/status-and-comment';
import { createGitHubTags } from './github/tags';
import { createGitLabHost } from './gitlab/git-host';
import { createGitLabHooks } from './gitlab/hooks';
import { createGitLabMergeRequests } from './gitlab/merge-requests';
import { createGitLabPushRules } from './gitlab/push-rules';
import { readGitLabRights } from './gitlab/rights';
import { createGitLabComments, createGitLabStatuses } from './gitlab/status-and-comment';
import { createGitLabTags } from './gitlab/tags';
import type { KnownHost, RemoteGit } from './known-host';
import { createWireTags } from './wire/tags';

export type { RemoteGit } from './known-host';

export const KNOWN_HOSTS: Readonly<Record<RemoteGit['host'], KnownHost>> = {
  github: {
    name: 'GitHub',
    abilities: {
      address: 'github.com, or `apiUrl`',
      content: 'API',
      login: 'App, or fine-grained token',
      reader: 'a second App or token with *Contents: read*',
      status: 'check run of an App, otherwise commit status',
      comment: 'yes',
      events: 'push, pull_request',
      proof: 'HMAC-SHA256 of the body (`X-Hub-Signature-256`)',
      listsDeliveries: true,
      ownPush: 'by messages and files',
      merging: 'auto-merge, or the merge queue of the branch',
      releasePage: true,
      proved: { server: '', fake: 'everything, held to its published REST and GraphQL descriptions', reading: '' },
    },
    tokenNames: ['GITHUB_TOKEN', 'GH_TOKEN'],
    open: createGitHubHost,
    statuses: ({ appId, ...options }) =>
      appId === undefined ? createGitHubStatuses(options) : createGitHubChecks({ ...options, appId }),
    comments: createGitHubComments,
    tags: createGitHubTags,
    pullRequests: createGitHubPullRequests,
    pushRules: createGitHubPushRules,
    webhook: {
      hooks: createGitHubHooks,
      right: 'repository webhooks: write',
      tokenCommand: 'GITHUB_TOKEN=$(gh auth token)',
    },
    rights: readGitHubRights,
  },
  gitlab: {
    name: 'GitLab',
    abilities: {
      address: 'gitlab.com, or `apiUrl`',
      content: "git's protocol, version 2",
      login: 'project access token, maintainer, scopes `api`, `write_repository`',
      reader: 'a token of a developer; protected branches',
      status: 'commit status',
      comment: 'yes',
      events: 'push, merge_request',
      proof: 'token, or HMAC-SHA256 of time and body since 19.0',
      listsDeliveries: true,
      ownPush: 'by messages and files',
      merging: 'auto-merge',
      releasePage: true,
      proved: { server: '', fake: "everything, events held to gitbeaker's types", reading: '' },
    },
    makeLogin: (role) => {
      const kind =
        role === 'writer' ? 'maintainer and scopes api, write_repository' : 'developer and scopes api, read_repository';
      return `make a project access token with role ${kind}`;
    },
    tokenNames: ['GITLAB_TOKEN'],
    open: createGitLabHost,
    statuses: createGitLabStatuses,
    comments: createGitLabComments,
    tags: createGitLabTags,
    pullRequests: createGitLabMergeRequests,
    pushRules: createGitLabPushRules,
    webhook: { hooks: createGitLabHooks, right: 'scope api and role maintainer', tokenCommand: 'GITLAB_TOKEN=...' },
    rights: readGitLabRights,
  },
  gitea: {
    name: 'Gitea or Forgejo',
    abilities: {
      address: '`apiUrl`, which ends with `/api/v1`',
      content: "git's protocol, version 2",
      login: 'token, scopes `write:repository`, for comments `write:issue`',
      reader: 'a token of another user; protected branches',
      status: 'commit status',
      comment: 'yes',
      events: 'push, pull_request',
      proof: 'HMAC-SHA256 of the body (`X-Hub-Signature-256`)',
      listsDeliveries: false,
      ownPush: 'by messages and files',
      merging: 'auto-merge once its checks succeed',
      releasePage: true,
      proved: {
        server:
          'Gitea 1.26: contents and commits, webhook, status, comment, protected branch, rights, tag and release (`npm run test:gitea`)',
        fake: 'everything, with faults',
        reading: 'Forgejo, whose API is the same',
      },
    },
    makeLogin: (role, repository) =>
      `make a token of ${role === 'writer' ? 'a user who may write to' : 'another user who may write to'} ${repository} with the scopes write:repository and write:issue`,
    tokenNames: ['GITEA_TOKEN', 'FORGEJO_TOKEN'],
    open: createGiteaHost,
    statuses: createGiteaStatuses,
    comments: createGiteaComments,
    tags: createGiteaTags,
    pullRequests: createGiteaPullRequests,
    pushRules: createGiteaPushRules,
    webhook: {
      hooks: createGiteaHooks,
      right: 'scope write:repository of an administrator of the repository',
      tokenCommand: 'GITEA_TOKEN=...',
    },
    rights: readGiteaRights,
  },
  bitbucket: {
    name: 'Bitbucket Cloud',
    abilities: {
      address: 'bitbucket.org',
      content: "git's protocol, version 2; abbreviated commits by the API",
      login:
        'access token of the repository, scopes `repository:write`, for comments `pullrequest`, for commits by pull request `pullrequest:write`; or `E-MAIL:TOKEN` with the API token of a person',
      reader: 'a second access token with `repository`, without `repository:write`',
      status: 'build status',
      comment: 'yes, not for forks',
      events: 'repo:push, pullrequest:created, pullrequest:updated',
      proof: 'HMAC-SHA256 of the body (`X-Hub-Signature`)',
      listsDeliveries: false,
      ownPush: 'by messages',
      merging: 'asked for at each look of the run, because the API has no auto-merge',
      releasePage: false,
      proved: {
        server: '',
        fake: 'everything, held to its published OpenAPI description',
        reading: 'webhook payloads; the header `X-OAuth-Scopes`; limits of texts',
      },
    },
    makeLogin: (role, repository, tasks) =>
      `make an access token of ${repository} with the scopes ${role === 'writer' ? 'repository:write' : 'repository'} and ${tasks.includes('propose') ? 'pullrequest:write' : 'pullrequest'}`,
    tokenNames: ['BITBUCKET_TOKEN'],
    open: createBitbucketHost,
    statuses: createBitbucketStatuses,
    comments: createBitbucketComments,
    tags: (options) => createWireTags(wireAddress(options)),
    pullRequests: createBitbucketPullRequests,
    webhook: {
      hooks: createBitbucketHooks,
      right: 'scope webhook of an administrator of the repository',
      tokenCommand: 'BITBUCKET_TOKEN=...',
    },
    rights: readBitbucketRights,
  },
  'bitbucket-data-center': {
    name: 'Bitbucket Data Center',
    abilities: {
      address: '`apiUrl`, which ends with `/rest`',
      content: "git's protocol, version 2",
      login: 'HTTP access token with *repository write*',
      reader: 'a second HTTP access token with *repository read*',
      status: 'build status',
      comment: 'yes',
      events: 'repo:refs_changed, pr:opened, pr:from_ref_updated, pr:modified',
      proof: 'HMAC-SHA256 of the body (`X-Hub-Signature`)',
      listsDeliveries: false,
      ownPush: 'by messages, which older versions do not send',
      merging: 'auto-merge since 8.15, if the repository allows it; otherwise asked for at each look of the run',
      releasePage: false,
      proved: {
        server: '',
        fake: 'everything, held to its published OpenAPI description 9.2',
        reading: 'webhook payloads; shapes of the lists of webhooks and activities, which the description leaves out',
      },
    },
    tokenNames: ['BITBUCKET_SERVER_TOKEN', 'BITBUCKET_TOKEN'],
    open: createBitbucketServerHost,
    statuses: createServerStatuses,
    comments: createServerComments,
    tags: (options) => createWireTags(bitbucketServerWire(options)),
    pullRequests: createServerPullRequests,
    webhook: {
      hooks: createServerHooks,
      right: 'the permission repository admin',
      tokenCommand: 'BITBUCKET_SERVER_TOKEN=...',
    },
    rights: readServerRights,
    makeLogin: (role, repository) =>
      `make an HTTP access token of ${repository} with the permission repository ${role === 'writer' ? 'write' : 'read'}`,
  },
  'azure-devops': {
    name: 'Azure DevOps',
    abilities: {
      address: 'dev.azure.com, or `apiUrl` for a server',
      content: "git's protocol, version 0, which is the only one there",
      login:
        'personal access token, scope *Code (read and write)*, which includes statuses, comments and pull requests',
      reader: 'a token of a person without the permission *Contribute*, scopes *Code (read)* and *Code (status)*',
      status: 'commit status',
      comment: 'yes',
      events: 'git.push, git.pullrequest.created, git.pullrequest.updated',
      proof: 'the secret as the password of basic authentication; Azure DevOps does not sign',
      listsDeliveries: false,
      ownPush: 'by messages, unless Azure DevOps shortens them',
      merging: 'auto-complete; a push to its branch by somebody else does not cancel it',
      releasePage: false,
      proved: {
        server: '',
        fake: 'everything, held to its published descriptions 7.1; a fetch without `multi_ack` is refused as there',
        reading: 'webhook payloads; fetches of files by id',
      },
    },
    tokenNames: ['AZURE_DEVOPS_EXT_PAT', 'AZURE_DEVOPS_TOKEN'],
    open: createAzureHost,
    statuses: createAzureStatuses,
    comments: createAzureComments,
    tags: (options) => createWireTags(azureWire(options)),
    pullRequests: createAzurePullRequests,
    pushRules: createAzurePushRules,
    webhook: {
      hooks: createAzureHooks,
      right: 'the scope Code (read and write) of a project administrator, who may edit service hooks',
      tokenCommand: 'AZURE_DEVOPS_EXT_PAT=...',
    },
    rights: readAzureRights,
    makeLogin: (role, repository) =>
      `make a personal access token of a user who may ${role === 'writer' ? 'contribute to' : 'read, but not contribute to,'} ${repository}, with the scope ${role === 'writer' ? 'Code (read and write)' : 'Code (read) and Code (status)'}`,
  },
  codecommit: {
    name: 'AWS CodeCommit',
    abilities: {
      address: '`apiUrl`, which names the region; account and region of the stack',
      content: "git's protocol, version 0 without filters: each fetch of a commit brings all of its files",
      login: 'none: the roles of the functions, whose signatures are the passwords of git',
      reader: 'none: only the roles of the commit and tag steps may push',
      status: 'none, because CodeCommit has no statuses; see the report, the commit and the notices',
      comment: 'yes, at most 10 KiB',
      events: 'CodeCommit Repository State Change, CodeCommit Pull Request State Change',
      proof:
        'IAM: an EventBridge rule for the one repository calls a function that nothing else may call; the public address refuses everything',
      listsDeliveries: false,
      ownPush: 'by the role of the commit step; not if a person has merged it',
      merging:
        'asked for at each look of the run, because CodeCommit has no auto-merge; by squash or three-way merge, never by rebase',
      releasePage: false,
      proved: {
        server: '',
        fake: "contents and commits; the login by the test values of git-remote-codecommit; comments and pull requests by the SDK's own client",
        reading: 'events of EventBridge; fetches of files by id',
      },
    },
    tokenNames: ['AWS_PROFILE'],
    open: (options) => createCodeCommitHost(options),
    statuses: createCodeCommitStatuses,
    comments: (options) => createCodeCommitComments(options),
    tags: (options) => createWireTags(codeCommitWire(options)),
    pullRequests: (options) => createCodeCommitPullRequests(options),
    rights: (options) => readCodeCommitRights(options),
  },
};
