/** What has to be done so that exactly one webhook delivers to our address. */
import { type Hook, hookFaults, type WantedHook } from './judge-webhook';

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
