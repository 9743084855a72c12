/** Looks at what was written until it is seen: some registries' reads lag behind their writes. */
import type { Clock } from '../../core/ports';
import { DEFAULT_RETRY_POLICY, waitBefore } from '../http/retry-policy';

/** Looks in all, with growing waits between them. */
const LOOKS = 5;

/** The digest that `look` finds: `expected` as soon as it does, else what it found last. */
export async function readBack(
  look: () => Promise<string | undefined>,
  expected: string,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): Promise<string | undefined> {
  for (let looked = 1; ; looked += 1) {
    const found = await look();
    if (found === expected || looked >= LOOKS) return found;
    await clock.sleep(waitBefore(DEFAULT_RETRY_POLICY, looked, random));
  }
}
