/** Judges the webhook at the git host and its deliveries, and plans how it is created or fixed. */
import { type Finding, ok, problem } from './finding';

/** The id of a webhook at its host. */
export type HookId = number | string;

/** A webhook at the git host, in terms that all hosts share. */
export interface Hook {
  readonly id: HookId;
  readonly url: string;
  readonly isActive: boolean;
  /** The events that it sends, of `push` and `pull_request`. */
  readonly events: readonly HookEvent[];
  readonly verifiesTls: boolean;
  /** True if the body is JSON, which GitHub can replace by a form. */
  readonly isJson: boolean;
  readonly hasSecret: boolean;
}

export const HOOK_EVENTS = ['push', 'pull_request'] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** One delivery. `status` is the reply of the pipeline's endpoint, 0 if it was not reached. */
export interface Delivery {
  readonly id: number;
  readonly status: number;
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
  /** The request that sends it again. */
  readonly again: string;
}

/** The webhook that the pipeline needs. `pipeline setup` creates it. */
export interface WantedHook {
  readonly url: string;
  readonly events: readonly HookEvent[];
}

/** Returns the faults of the hook as ends of sentences; none if it is right. */
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

/** Judges the webhook itself. `fix` is the command that creates or fixes it. */
export function judgeHook(hooks: readonly Hook[], wanted: WantedHook, fix: string): Finding {
  const check = 'webhook';
  const ours = hooks.filter(({ url }) => url === wanted.url);
  const [hook] = ours;
  if (hook === undefined) return problem(check, `there is none with the address ${wanted.url}`, fix);
  if (ours.length > 1)
    return problem(check, `exists ${ours.length} times, so that every push is delivered as often`, fix);
  const faults = hookFaults(hook, wanted);
  return faults.length === 0 ? ok(check, `number ${hook.id} is complete`) : problem(check, faults.join('; '), fix);
}

/** Judges the last deliveries, the newest first. Only the newest counts, because the reconcile function started the runs of lost ones. */
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
    return ': the secret at the git host differs from that of the stack; run setup, then send it again';
  return status === 404 ? ': the stack does not have this address' : '';
}

/** The step that gives the address one webhook. `faults` is empty if only the secret is written again, which cannot be read and compared. */
export type HookAction =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'update';
      readonly id: HookId;
      readonly faults: readonly string[];
      readonly twins: readonly HookId[];
    };

const { compare: COMPARE } = new Intl.Collator('en', { numeric: true });

/** Plans the webhook. The one with the lowest id is kept, which is the oldest one where ids are numbers; `twins` are others with the same address, which a person removes. */
export function planHook(hooks: readonly Hook[], wanted: WantedHook): HookAction {
  const [hook, ...twins] = hooks
    .filter(({ url }) => url === wanted.url)
    .sort((a, b) => COMPARE(String(a.id), String(b.id)));
  if (hook === undefined) return { kind: 'create' };
  return { kind: 'update', id: hook.id, faults: hookFaults(hook, wanted), twins: twins.map(({ id }) => id) };
}
