/** What the rollout step asks besides the cluster: checked addresses, and alarms. */
import type { HttpCheck } from '../settings/environment-schema';

/** A reply to a check. `header` takes names in any case; `body` is the text, as far as it was read. */
export interface CheckReply {
  readonly kind: 'reply';
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly body: string;
}

/** `late`: connected, but not answered in time. `unreachable`: nothing could be connected to, so that nothing is known. */
export type CheckAnswer =
  | CheckReply
  | { readonly kind: 'late' }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Sends the requests of checks. */
export interface CheckSender {
  /** Sends one request, within the seconds of the check. Redirects are not followed. Never throws; `why` contains no secret. */
  send(check: HttpCheck): Promise<CheckAnswer>;
}

/** Alarms of CloudWatch. */
export interface AlarmReader {
  /** Returns the alarms that exist, with their states (`OK`, `ALARM`, `INSUFFICIENT_DATA`). Throws if CloudWatch does not answer. */
  states(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
