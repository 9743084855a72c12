/** What all requests to one host share: how many there may be at a time, and a pause that the host asked for. */
import pLimit from 'p-limit';
import type { Clock } from '../../core/ports';

export interface HostGate {
  /** Does the work when it is its turn. */
  pass<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Waits out a pause. */
  open(): Promise<void>;
  /** Nobody asks this host for so long (ms), because it told one of us to wait. */
  pause(milliseconds: number): void;
}

/** A gate for each host that is asked for. */
export function createHostGates(concurrency: number, clock: Clock): (host: string) => HostGate {
  const gates = new Map<string, HostGate>();
  return (host) => {
    const gate = gates.get(host) ?? createGate(concurrency, clock);
    gates.set(host, gate);
    return gate;
  };
}

function createGate(concurrency: number, clock: Clock): HostGate {
  const limit = pLimit(concurrency);
  let closedUntil = 0;
  const open = async () => {
    const left = closedUntil - clock.now();
    if (left > 0) await clock.sleep(left);
  };
  return {
    pass: (work) => limit(work),
    open,
    pause: (milliseconds) => {
      closedUntil = Math.max(closedUntil, clock.now() + milliseconds);
    },
  };
}
