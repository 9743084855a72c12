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

/** Ahead or behind, and how much. */
export function judgeClock({ host, server, here }: ServerTime): Finding {
  const seconds = Math.round((here - server) / 1000);
  const text = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ${host}`;
  if (Math.abs(here - server) <= TOLERANCE) return ok('clock', text);
  return problem('clock', text, 'sudo timedatectl set-ntp true');
}
