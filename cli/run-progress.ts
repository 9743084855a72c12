/** How far a run is, by its events. */
import type { RunEvent } from '../adapters/aws/run-viewer';
import type { Progress } from '../local/progress';

export const NOTHING_YET: Progress = { phase: '', total: 0, done: 0, failed: [], running: [] };

/** States of one image's build are named `<what>: <stage>`, and have the service in their input. */
const BUILD = /^Build: /;
const NOT_BUILT = /^(Not built|Unexplained): /;
const OF_A_BUILD = /: |\? /;

/** The progress after some more events. */
export function progressAfter(progress: Progress, events: readonly RunEvent[]): Progress {
  return events.reduce(progressAfterOne, progress);
}

function progressAfterOne(before: Progress, { kind, state, type, data }: RunEvent): Progress {
  const { running, failed } = before;
  const service = textAt(data, 'service');
  const others = running.filter((name) => name !== service);
  if (service !== undefined && BUILD.test(state)) {
    if (kind === 'entered') return { ...before, running: [...others, service] };
    const next = { ...before, running: others };
    return isFailure(data) ? next : { ...next, done: before.done + 1 };
  }
  if (service !== undefined && NOT_BUILT.test(state) && kind === 'entered') {
    return { ...before, running: others, done: before.done + 1, failed: [...failed, service] };
  }
  if (kind === 'exited') {
    const total = numberAt(data, 'totals', 'build');
    return total === undefined ? before : { ...before, total };
  }
  const isStep = (type === 'Task' || type === 'Parallel') && !OF_A_BUILD.test(state);
  return isStep ? { ...before, phase: state } : before;
}

/** A caught failure leaves the state, too: with the error in its output. */
function isFailure(data: string | undefined): boolean {
  return valueAt(data, 'error') !== undefined;
}

function textAt(data: string | undefined, ...path: readonly string[]): string | undefined {
  const value = valueAt(data, ...path);
  return typeof value === 'string' ? value : undefined;
}

function numberAt(data: string | undefined, ...path: readonly string[]): number | undefined {
  const value = valueAt(data, ...path);
  return typeof value === 'number' ? value : undefined;
}

function valueAt(data: string | undefined, ...path: readonly string[]): unknown {
  if (data === undefined) return undefined;
  return path.reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }, parse(data));
}

/** Step Functions cuts data that is too long, which then is no JSON any more. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
