/** Whether this machine's clock is right: signatures to AWS, an App's token and signed deliveries depend on it. */
import { type Finding, ok, problem } from './finding';

/** What a server's `Date` header said, in ms since 1970, and the machine's time half way between question and answer. */
export interface ServerTime {
  readonly host: string;
  readonly server: number;
  readonly here: number;
}

/** GitHub refuses an App's token that is from the future; its own clock and ours may differ by this, in ms. */
const TOLERANCE = 30_000;

/** The least difference counts: one server may be wrong, too. */
export function judgeClock(times: readonly ServerTime[]): Finding | undefined {
  const [best] = [...times].sort((a, b) => Math.abs(a.here - a.server) - Math.abs(b.here - b.server));
  if (best === undefined) return undefined;
  const seconds = Math.round((best.here - best.server) / 1000);
  const text = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ${best.host}`;
  if (Math.abs(best.here - best.server) <= TOLERANCE) return ok('clock', text);
  return problem('clock', text, 'sudo timedatectl set-ntp true');
}
