/** Rules that match requests with faults. `before`: the server behind never sees the request; `after`: it has processed it. */
import type { IncomingMessage } from 'node:http';

export type Moment = 'before' | 'after';

/** Waits before a connection is broken, until as much has arrived as the test needs. The bytes that are then on their way are lost. */
export type Hold = () => Promise<void>;

export type Fault =
  | {
      readonly kind: 'reply';
      readonly when: Moment;
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: 'reset'; readonly when: Moment }
  /** Passes the reply on after a while, in ms. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Passes the reply's body on a byte at a time, this many ms apart. */
  | { readonly kind: 'trickle'; readonly milliseconds: number }
  /** Announces the whole body, sends this many bytes of it, breaks the connection. */
  | { readonly kind: 'truncate'; readonly bytes: number; readonly hold?: Hold }
  /** Breaks the connection after this many bytes of the request's body were sent to the server behind. */
  | { readonly kind: 'cut-request'; readonly bytes: number; readonly hold?: Hold }
  /** Changes one byte of the reply's body. */
  | { readonly kind: 'flip'; readonly offset: number }
  /** Sets headers of the reply; undefined takes one away. */
  | { readonly kind: 'headers'; readonly set: Readonly<Record<string, string | undefined>> };

/** A rule without `nth` meets every matching request; `nth: 1` the first one, `nth: [2, 4]` the second to the fourth. */
export interface FaultRule {
  readonly name: string;
  readonly method?: string;
  /** Matched against path and query. */
  readonly path?: RegExp;
  readonly nth?: number | readonly [first: number, last: number];
  /** A further condition on the request, or on the moment. */
  readonly only?: (request: IncomingMessage) => boolean;
  readonly fault: Fault;
}

/** One request, and the rule that applied to it. */
export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rule?: string;
}

/** Counts the requests for each rule, and returns the first rule that is due. */
export function createRuleBook(rules: readonly FaultRule[]) {
  const matched = new Map<FaultRule, number>();
  return (request: IncomingMessage): FaultRule | undefined => {
    const due = rules.filter((rule) => {
      if (!matches(rule, request)) return false;
      const count = (matched.get(rule) ?? 0) + 1;
      matched.set(rule, count);
      const [first, last] = typeof rule.nth === 'number' ? [rule.nth, rule.nth] : (rule.nth ?? [1, Infinity]);
      return count >= first && count <= last;
    });
    return due[0];
  };
}

function matches(rule: FaultRule, request: IncomingMessage): boolean {
  const { method, url = '' } = request;
  if (rule.method !== undefined && rule.method !== method) return false;
  return (rule.path?.test(url) ?? true) && (rule.only?.(request) ?? true);
}
