/** The git hosts that the pipeline knows, and what each can do. */
import type { CommentWriter, GitHost, StatusWriter, TagHost } from '../../core/ports/git';
import type { PullRequestHost, PushRules } from '../../core/ports/pull-request';
import type { Clock } from '../../core/ports/store';
import type { GitTask } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';
import type { GitHostHooks, GitHostRights } from './git-host-access';
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

/** A git host that AWS can reach. */
export type RemoteGit = Exclude<Settings['git'], { readonly host: 'local' }>;

/** One repository at a host. `repository` is its full name there. `token` is called before every request. */
interface HostOptions {
  readonly repository: string;
  readonly apiUrl: string;
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

interface KnownHost {
  /** The name for people. */
  readonly name: string;
  /** Environment variables of a person's own token, the usual one first. */
  readonly tokenNames: readonly [string, ...string[]];
  readonly open: (options: HostOptions) => GitHost;
  /** `appId` is set for a GitHub App, which writes check runs instead. */
  readonly statuses: (options: HostOptions & { readonly appId?: number | undefined }) => StatusWriter;
  readonly comments: (options: HostOptions) => CommentWriter;
  readonly tags: (options: HostOptions) => TagHost;
  readonly pullRequests: (options: HostOptions) => PullRequestHost;
  readonly pushRules: (options: HostOptions) => PushRules;
  readonly hooks: (options: HostOptions) => GitHostHooks;
  readonly rights: (
    options: HostOptions & { readonly tasks: readonly GitTask[]; readonly isApp: boolean },
  ) => Promise<GitHostRights>;
  /** What a token needs to make webhooks, and how a shell gets one. */
  readonly hookRight: string;
  readonly tokenCommand: string;
}

export const KNOWN_HOSTS: Readonly<Record<RemoteGit['host'], KnownHost>> = {
  github: {
    name: 'GitHub',
    tokenNames: ['GITHUB_TOKEN', 'GH_TOKEN'],
    open: createGitHubHost,
    statuses: ({ appId, ...options }) =>
      appId === undefined ? createGitHubStatuses(options) : createGitHubChecks({ ...options, appId }),
    comments: createGitHubComments,
    tags: createGitHubTags,
    pullRequests: createGitHubPullRequests,
    pushRules: createGitHubPushRules,
    hooks: createGitHubHooks,
    rights: readGitHubRights,
    hookRight: 'repository webhooks: write',
    tokenCommand: 'GITHUB_TOKEN=$(gh auth token)',
  },
  gitlab: {
    name: 'GitLab',
    tokenNames: ['GITLAB_TOKEN'],
    open: createGitLabHost,
    statuses: createGitLabStatuses,
    comments: createGitLabComments,
    tags: createGitLabTags,
    pullRequests: createGitLabMergeRequests,
    pushRules: createGitLabPushRules,
    hooks: createGitLabHooks,
    rights: readGitLabRights,
    hookRight: 'scope api and role maintainer',
    tokenCommand: 'GITLAB_TOKEN=...',
  },
  gitea: {
    name: 'Gitea or Forgejo',
    tokenNames: ['GITEA_TOKEN', 'FORGEJO_TOKEN'],
    open: createGiteaHost,
    statuses: createGiteaStatuses,
    comments: createGiteaComments,
    tags: createGiteaTags,
    pullRequests: createGiteaPullRequests,
    pushRules: createGiteaPushRules,
    hooks: createGiteaHooks,
    rights: readGiteaRights,
    hookRight: 'scope write:repository of an administrator of the repository',
    tokenCommand: 'GITEA_TOKEN=...',
  },
};
