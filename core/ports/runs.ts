/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */

import type { ExecutionInput } from '../contract/run-input';
import type { Chat } from '../settings/schema';

/** How a run stands. Stopped and timed out is `FAILED`. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** Starts runs of the state machine by name. */
export interface ExecutionStarter {
  /** `already`: the name was used before. A run that is still open may be reported as `started`. */
  start(execution: { readonly name: string; readonly input: ExecutionInput }): Promise<'started' | 'already'>;
  /** The run of that name; undefined if there is none (any more). */
  find(name: string): Promise<KnownRun | undefined>;
}

/** What the webhook hands to the preview step: pull request `number` at `commit`, to be merged into the branch `base`. */
export interface PreviewRequest {
  readonly number: number;
  readonly base: string;
  readonly commit: string;
}

/** Has the plan of a pull request made, without waiting for it. */
export interface PreviewStarter {
  start(request: PreviewRequest): Promise<void>;
}

/** A run by its name. `startedAt` is in ms since 1970. */
export interface KnownRun {
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
}

/** Lists runs of the state machine. */
export interface ExecutionLister {
  /** All runs that are known still, the newest first; each page is asked for when it is wanted. */
  pages(): AsyncIterable<readonly KnownRun[]>;
}

/** Posts messages where people talk. */
export interface ChatPoster {
  /** Throws `NoticeError` if the chat did not take it; no error holds the address. */
  post(chat: Chat, message: Message): Promise<void>;
}

/** The secrets that sign webhook deliveries: the current one first, the previous one while it is being rotated. */
export interface WebhookSecrets {
  /** May be some minutes old. */
  current(): Promise<readonly string[]>;
  /** Reads them anew, unless that was done just before: a delivery may be signed with a secret that was only just put. */
  refreshed(): Promise<readonly string[]>;
}

// A notice in words, for any chat: what happened, what failed, and where to look.

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** Plain text: each chat escapes it in its own way. */
export interface Message {
  readonly title: string;
  readonly isGood: boolean;
  readonly lines: readonly string[];
  readonly links: readonly Link[];
}
