/** What every git host's webhook tells, in our words. */

/** One commit of a push, as far as the payload says. Paths are relative to the repository. */
export interface PushedCommit {
  readonly id: string;
  readonly message: string;
  /** Paths added or modified. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** `before` is the branch's head until now, forty zeros if the branch is new; `after` is its new head. */
export interface Push {
  /** Numeric id of the repository on its host: it stays with the repository when a name is taken over. */
  readonly repositoryId: number;
  /** `owner/name`. */
  readonly repository: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly deleted: boolean;
  readonly forced: boolean;
  /** When the push happened, in ms since 1970, if the payload says so. */
  readonly pushedAt?: number;
  /** Where the payload does not say when: an id that is another one for another push, as far as possible the same when sent again. */
  readonly delivery?: string;
  /** May be cut short by the host. */
  readonly commits: readonly PushedCommit[];
}

/** A pull request that is new or has other commits than before. */
export interface PullRequest {
  readonly repositoryId: number;
  readonly repository: string;
  readonly number: number;
  /** The branch that it would be merged into, without `refs/heads/`. */
  readonly base: string;
  /** Its head. */
  readonly commit: string;
  /** The repository that the head lies in; undefined if that was deleted. */
  readonly headRepositoryId?: number;
}

/** What an authentic delivery says. `other`: nothing for us; `unreadable`: not what the host documents. */
export type WebhookEvent =
  | { readonly kind: 'push'; readonly push: Push }
  | { readonly kind: 'pull-request'; readonly pullRequest: PullRequest }
  | { readonly kind: 'other'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Headers of a request: names in lower case, values of a header that came twice joined by commas. */
export type WebhookHeaders = Readonly<Record<string, string | undefined>>;

/** How one kind of git host signs and tells. */
export interface WebhookSource {
  /** True if one of the secrets vouches for exactly these bytes. `now` is in ms since 1970. */
  isAuthentic(headers: WebhookHeaders, body: Uint8Array, secrets: readonly string[], now: number): Promise<boolean>;
  /** False if the request does not even claim to be authentic. */
  isSigned(headers: WebhookHeaders): boolean;
  readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent;
  /** Names of the headers with the event and with the delivery's id, for the log. */
  readonly loggedHeaders: { readonly event: string; readonly delivery: string };
}
