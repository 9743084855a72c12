/** What the pipeline has to know about a git host. */
import type { CommentWriter, GitHost, StatusWriter, TagHost } from '../../core/ports/git';
import type { PullRequestHost, PushRules } from '../../core/ports/pull-request';
import type { GitRole, GitTask } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';
import type { GitHostHooks, GitHostRights, RightsOptions } from './git-host-access';
import type { HostOptions } from './rest';

/** A git host that AWS can reach. */
export type RemoteGit = Exclude<Settings['git'], { readonly host: 'local' }>;

/** What a host can do, in words for `docs/reference.md`. */
interface HostAbilities {
  readonly address: string;
  readonly content: string;
  readonly login: string;
  /** Another login for the reader, and what keeps it from committing. */
  readonly reader: string;
  readonly status: string;
  readonly comment: string;
  /** The events of the webhook. */
  readonly events: string;
  /** The proof of a delivery. */
  readonly proof: string;
  /** True if the host's API lists deliveries, so that `doctor` can judge them. */
  readonly listsDeliveries: boolean;
  /** What tells that a push is the pipeline's own. One that is not recognized starts one more run, which finds nothing to do. */
  readonly ownPush: string;
  /** The way in which a run's own pull request is merged with `autoMerge`. */
  readonly merging: string;
  readonly releasePage: boolean;
  /** Tested on a real server of that host; on a fake of its API and a real git server; by reading its documentation only. */
  readonly proved: { readonly server: string; readonly fake: string; readonly reading: string };
}

/** Webhooks of a host, what a token needs to make them, and how a shell gets one. */
interface WebhookAccess {
  readonly hooks: (options: HostOptions) => GitHostHooks;
  readonly right: string;
  readonly tokenCommand: string;
}

export interface KnownHost {
  /** The name for people. */
  readonly name: string;
  readonly abilities: HostAbilities;
  /** Environment variables of a person's own token, the usual one first. */
  readonly tokenNames: readonly [string, ...string[]];
  readonly open: (options: HostOptions) => GitHost;
  /** `appId` is set for a GitHub App, which writes check runs instead. */
  readonly statuses: (options: HostOptions & { readonly appId?: number | undefined }) => StatusWriter;
  readonly comments: (options: HostOptions) => CommentWriter;
  readonly tags: (options: HostOptions) => TagHost;
  readonly pullRequests: (options: HostOptions) => PullRequestHost;
  /** Undefined if the host does not tell beforehand what it would refuse. */
  readonly pushRules?: (options: HostOptions) => PushRules;
  /** Undefined if pushes come by another way, which the stack makes. */
  readonly webhook?: WebhookAccess;
  readonly rights: (options: RightsOptions & { readonly isApp: boolean }) => Promise<GitHostRights>;
  /** Says how to make a login with the rights of a role and its tasks, for `doctor`. Undefined if an App may be used instead. */
  readonly makeLogin?: (role: GitRole, repository: string, tasks: readonly GitTask[]) => string;
}
