/** Runs of the state machine, and the ways to tell people about them, as the steps use them. */

import type { ExecutionInput } from '../contract/run-input';
import type { Chat } from '../settings/schema';

/** The status of a run. A stopped or timed-out run is `FAILED`. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** Starts runs of the state machine by name. */
export interface ExecutionStarter {
  /** Starts a run. `already`: the name was used before. If that run is still open, the result may be `started`. */
  start(execution: { readonly name: string; readonly input: ExecutionInput }): Promise<'started' | 'already'>;
  /** Returns the run of that name, or undefined if there is none or it was forgotten. */
  find(name: string): Promise<KnownRun | undefined>;
}

/** The input of the preview step: pull request `number` at `commit`, to be merged into the branch `base`. */
export interface PreviewRequest {
  readonly number: number;
  readonly base: string;
  readonly commit: string;
}

/** Starts the preview of a pull request without waiting for it. */
export interface PreviewStarter {
  start(request: PreviewRequest): Promise<void>;
}

/** A run. `startedAt` is in ms since 1970. */
export interface KnownRun {
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
}

/** Lists runs of the state machine. */
export interface ExecutionLister {
  /** Returns all runs that are not forgotten, the newest first. Each page is requested when it is needed. */
  pages(): AsyncIterable<readonly KnownRun[]>;
}

/** Sends notices to everybody who subscribed to them. */
export interface NoticeSender {
  /** Sends the text, whose first line is its subject. Throws `NoticeError`. */
  send(text: string): Promise<void>;
}

/** Posts messages to chats. */
export interface ChatPoster {
  /** Posts the message. Throws `NoticeError`, which never contains the address, if the chat refused it. */
  post(chat: Chat, message: Message): Promise<void>;
}

/** The secrets that sign webhook deliveries: the current one first, then the previous one during a rotation. */
export interface WebhookSecrets {
  /** Returns the secrets, which may be some minutes old. */
  current(): Promise<readonly string[]>;
  /** Reads them again, unless that was done just before, because a delivery may be signed with a new secret. */
  refreshed(): Promise<readonly string[]>;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** A message as plain text. Each chat escapes it in its own way. */
export interface Message {
  readonly title: string;
  readonly isGood: boolean;
  /** True for a question that waits for an answer, which is neither good nor bad. */
  readonly isQuestion?: boolean;
  readonly lines: readonly string[];
  readonly links: readonly Link[];
}
