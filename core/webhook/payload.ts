/** Events that every git host's webhook delivers, and the parts of payloads that GitHub and GitLab share. */
import * as z from 'zod';

/** A commit id; forty zeros stand for none. */
export const objectId = z.string().regex(/^[0-9a-f]{40}$/, { error: 'must be 40 hex digits' });

/** `before` of a new branch, and `after` of a deleted one. */
export const NO_COMMIT = '0'.repeat(40);

/** By GitLab's types null if there are none. */
const paths = z
  .array(z.string())
  .nullish()
  .transform((some) => some ?? []);

/** The list of commits, which may be missing. */
export const pushedCommits = z
  .array(
    z
      .object({ id: objectId, message: z.string().default(''), added: paths, modified: paths, removed: paths })
      .transform(({ id, message, added, modified, removed }) => ({
        id,
        message,
        written: [...added, ...modified],
        removed,
      })),
  )
  .default([]);

/** Returns the first five problems of a payload with their paths. No value of the payload is part of a message. */
export function describeIssues(error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
  return problems.slice(0, 5).join('; ');
}

/**
 * The last fields of paths that are read but not documented; never if there are none. By a host's types, a field may be optional or null
 * in some events.
 */
type Undocumented<Read, Event> = Read extends readonly (infer ReadItem)[]
  ? NonNullable<Event> extends readonly (infer Item)[]
    ? Undocumented<ReadItem, Item>
    : 'a list'
  : Read extends object
    ? {
        [Field in keyof Read]-?: Field extends keyof NonNullable<Event>
          ? Undocumented<NonNullable<Read[Field]>, NonNullable<Event>[Field]>
          : Field;
      }[keyof Read]
    : never;

/** `unknown` is satisfied by every schema; another type names the fields that are wrong. */
type Faults<Event, Read> = [Undocumented<Read, Event>] extends [never]
  ? Event extends Read
    ? unknown
    : { readonly 'a documented payload is refused by its type': Event }
  : { readonly 'not documented': Undocumented<Read, Event> };

/**
 * Returns the schema. The compiler refuses a schema that reads a field which the host does not document in `Event`, or that refuses an
 * `Event` by its types. Values (40 hex digits, a positive number) are not compared.
 */
export function readingOf<Event>() {
  return <Schema extends z.ZodType>(schema: Schema & Faults<Event, z.input<Schema>>): Schema => schema;
}

/** One commit of a push in a payload. Paths are relative to the repository. */
export interface PushedCommit {
  readonly id: string;
  readonly message: string;
  /** Paths added or modified. Absent, like `removed`, if the host tells no paths. */
  readonly written?: readonly string[];
  readonly removed?: readonly string[];
}

/** Hosts that tell no paths tell at most the last five commits of a push. */
const MAX_TOLD = 5;

/** Returns the commits of a push whose host tells no paths; an empty list if some may be missing. */
export function toldCommits(commits: readonly PushedCommit[]): readonly PushedCommit[] {
  return commits.length < MAX_TOLD ? commits : [];
}

/** The id of a repository at its host, which another repository of the same name does not have: a number or a text such as a UUID. */
export type RepositoryId = number | string;

/** `before` is the branch's previous head, forty zeros if the branch is new; `after` is its new head. */
export interface Push {
  readonly repositoryId: RepositoryId;
  /** `owner/name`. */
  readonly repository: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly deleted: boolean;
  readonly forced: boolean;
  /** The time of the push, in ms since 1970, if the payload has it. */
  readonly pushedAt?: number;
  /** If the payload has no time: an id that differs between pushes and, if the host supports it, stays the same when resent. */
  readonly delivery?: string;
  /** The name of the person who pushed, as the host has it. */
  readonly pusher?: string;
  /** May be cut short by the host. */
  readonly commits: readonly PushedCommit[];
}

/** A pull request that is new or has new commits. */
export interface PullRequest {
  readonly repositoryId: RepositoryId;
  readonly repository: string;
  readonly number: number;
  /** The branch that it would be merged into, without `refs/heads/`. */
  readonly base: string;
  /** Its head: 40 hex digits, or the first 12 on Bitbucket Cloud. */
  readonly commit: string;
  /** The repository of the head; undefined if that was deleted. */
  readonly headRepositoryId?: RepositoryId;
  /** The branch of the head. */
  readonly branch?: string;
}

/** The event of an authentic delivery. A push may change several refs. `other` is an event that starts nothing; `unreadable` differs from the host's documentation. */
export type WebhookEvent =
  | { readonly kind: 'push'; readonly pushes: readonly Push[] }
  | { readonly kind: 'pull-request'; readonly pullRequest: PullRequest }
  | { readonly kind: 'other'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Headers of a request: names in lower case, values of a header that came twice joined by commas. */
export type WebhookHeaders = Readonly<Record<string, string | undefined>>;

/** The webhooks of one kind of git host: how they are signed, and what they contain. */
export interface WebhookSource {
  /** Returns true if one of the secrets signed exactly these bytes. `now` is in ms since 1970. */
  isAuthentic(headers: WebhookHeaders, body: Uint8Array, secrets: readonly string[], now: number): Promise<boolean>;
  /** Returns false if the request has no signature at all. */
  isSigned(headers: WebhookHeaders): boolean;
  readEvent(headers: WebhookHeaders, payload: unknown): WebhookEvent;
  /** Headers with the event and the delivery's id, for the log. */
  readonly loggedHeaders: { readonly event: string; readonly delivery: string };
}
