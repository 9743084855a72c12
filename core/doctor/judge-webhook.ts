/** Whether the git host's webhook is there, complete, and its deliveries arrive. */
import { type Finding, ok, problem } from './finding';

/** A webhook as it lies at the git host, in words that GitHub and GitLab share. */
export interface Hook {
  readonly id: number;
  readonly url: string;
  readonly isActive: boolean;
  /** Of `push` and `pull_request`, those that are sent. */
  readonly events: readonly HookEvent[];
  readonly verifiesTls: boolean;
  /** GitHub only: whether the body is JSON, which is what is signed and read. */
  readonly isJson: boolean;
  readonly hasSecret: boolean;
}

export const HOOK_EVENTS = ['push', 'pull_request'] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** One delivery. `status` is what our endpoint answered, 0 if it was not reached. */
export interface Delivery {
  readonly id: number;
  readonly status: number;
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
  /** The request that sends it again. */
  readonly again: string;
}

/** What a webhook should be; everything else is fixed by `pipeline setup`. */
export interface WantedHook {
  readonly url: string;
  readonly events: readonly HookEvent[];
}

/** What is wrong with the hook, as ends of sentences; none if it is as it should be. */
export function hookFaults(hook: Hook, wanted: WantedHook): readonly string[] {
  const missing = wanted.events.filter((event) => !hook.events.includes(event));
  return [
    ...(hook.isActive ? [] : ['is switched off']),
    ...(missing.length === 0 ? [] : [`does not send ${missing.join(' and ')}`]),
    ...(hook.isJson ? [] : ['does not send JSON']),
    ...(hook.verifiesTls ? [] : ['does not check our certificate']),
    ...(hook.hasSecret ? [] : ['has no secret, so that every delivery is refused']),
  ];
}

/** The webhook's own state. `fix` is the command that makes or repairs it. */
export function judgeHook(hooks: readonly Hook[], wanted: WantedHook, fix: string): Finding {
  const check = 'webhook';
  const ours = hooks.filter(({ url }) => url === wanted.url);
  const [hook] = ours;
  if (hook === undefined) return problem(check, `there is none with the address ${wanted.url}`, fix);
  if (ours.length > 1) return problem(check, `is there ${ours.length} times; every push is delivered as often`, fix);
  const faults = hookFaults(hook, wanted);
  return faults.length === 0
    ? ok(check, `number ${hook.id} is as it should be`)
    : problem(check, faults.join('; '), fix);
}

/** The last deliveries, the newest first. Only the newest counts: what older ones did not start, the reconcile function has found. */
export function judgeDeliveries(deliveries: readonly Delivery[]): Finding {
  const check = 'webhook deliveries';
  const [newest] = deliveries;
  if (newest === undefined) return ok(check, 'none yet');
  const failed = deliveries.filter(({ status }) => status < 200 || status > 299);
  if (newest.status >= 200 && newest.status <= 299) {
    const text = `the newest arrived; ${failed.length} of the last ${deliveries.length} did not`;
    return ok(check, failed.length === 0 ? `all of the last ${deliveries.length} arrived` : text);
  }
  const answer = newest.status === 0 ? 'was not answered' : `was answered with ${newest.status}`;
  const text = `the newest (${newest.event}, ${newest.at}) ${answer}${meaning(newest.status)}`;
  return problem(check, text, newest.again);
}

function meaning(status: number): string {
  if (status === 401 || status === 403)
    return ': the secret at the git host is another one than ours; run setup, then send it again';
  return status === 404 ? ': the address is none of the stack' : '';
}

// What has to be done so that exactly one webhook delivers to our address.

/** `faults` are ends of sentences; empty if the hook only gets its secret again, which nobody can read back and compare. */
export type HookAction =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'update';
      readonly id: number;
      readonly faults: readonly string[];
      readonly twins: readonly number[];
    };

/** The oldest hook with our address is kept; `twins` are others with the same one, which only a person should remove. */
export function planHook(hooks: readonly Hook[], wanted: WantedHook): HookAction {
  const [hook, ...twins] = hooks.filter(({ url }) => url === wanted.url).sort((a, b) => a.id - b.id);
  if (hook === undefined) return { kind: 'create' };
  return { kind: 'update', id: hook.id, faults: hookFaults(hook, wanted), twins: twins.map(({ id }) => id) };
}
