/** Parts of push payloads that GitHub and GitLab share. */
import * as z from 'zod';

/** A commit id; forty zeros stand for none. */
export const objectId = z.string().regex(/^[0-9a-f]{40}$/, { error: 'must be 40 hex digits' });

/** In the place of `before` for a new branch, and of `after` for a deleted one. */
export const NO_COMMIT = '0'.repeat(40);

/** null, by GitLab's types, where there are none. */
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

/** The first problems of a payload, with their paths, at most 400 characters. */
export function describeIssues(error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
  return problems.slice(0, 5).join('; ').slice(0, 400);
}

// Ties what we read of a payload to what its host documents, at compile time: neither can drift without the other.

/**
 * Paths' last fields that are read and not documented; never if there are none. A host's types may leave out a field in some events
 * (`?`), and have null in its place.
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
 * Gives back the schema. The compiler refuses one that reads a field which `Event` does not have, or that does not take every `Event`
 * by its types. Values (40 hex digits, a positive number) are the schema's own business.
 */
export function readingOf<Event>() {
  return <Schema extends z.ZodType>(schema: Schema & Faults<Event, z.input<Schema>>): Schema => schema;
}

// What every git host's webhook tells, in our words.

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
