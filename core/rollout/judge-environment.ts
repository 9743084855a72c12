/** Judges one look at an environment after the commit of a run: as it should be, to be waited for, or failed. Pure. */

import { ERROR_NAMES, type ErrorName } from '../contract/errors';
import type { CheckResult, RolledOutService, RolloutRecord } from '../contract/rollout';
import type { SyncVerdict } from '../convergence/judge-sync';
import type { Check, Environment } from '../settings/environment-schema';

/** The findings of one look. Parts that the environment does not name are absent. */
export interface Look {
  /** In ms since 1970. */
  readonly now: number;
  /** The run, or the commit of a person, that has changed the version lock since. */
  readonly newerRun?: string;
  /** Services of this run that it changed. */
  readonly takenOver: readonly string[];
  /** Why the cluster or CloudWatch could not be asked. Then all that follows is unknown. */
  readonly unreachable?: string;
  readonly sync?: SyncVerdict;
  readonly services?: readonly RolledOutService[];
  /** Alarms that are raised. */
  readonly alarms?: readonly string[];
}

/** `why` is one line. `name` is the error under which the run fails. */
export type Verdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'superseded'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'failed'; readonly name: ErrorName; readonly why: string };

/** The time, in ms, for which an unreachable environment is tried before a person is called. */
const UNREACHABLE_FOR = 15 * 60_000;

/** Judges the look. `record` is that of the look before. */
export function judgeEnvironment(record: RolloutRecord, look: Look, { deploy }: Environment): Verdict {
  const isWatch = record.report.watch !== undefined;
  const superseded = whySuperseded(record, look, isWatch);
  if (superseded !== undefined) return { kind: 'superseded', why: superseded };
  if (look.unreachable !== undefined) {
    const isTooLong = look.now - (record.unreachableSince ?? look.now) >= UNREACHABLE_FOR;
    return { kind: isTooLong ? 'unreachable' : 'wait', why: look.unreachable };
  }
  const alarms = look.alarms ?? [];
  if (alarms.length > 0) return failed(ERROR_NAMES.verifyFailed, `raised alarms: ${alarms.join(', ')}`);
  // Whatever deploys may not have begun yet, if this run does not start it.
  const trustsFailures = isWatch || deploy?.with !== 'nothing';
  const name = isWatch ? ERROR_NAMES.verifyFailed : ERROR_NAMES.deployFailed;
  const { sync } = look;
  if (sync?.state === 'failed') return failed(name, sync.why ?? 'the commit could not be synced');
  const waiting = sync?.state === 'progressing' ? sync.why : undefined;
  const services = (look.services ?? []).filter(({ service }) => deploy?.without.includes(service) !== true);
  const broken = services.filter(({ state }) => state === 'failed');
  if (waiting === undefined && broken.length > 0 && trustsFailures) return failed(name, describe(broken));
  const why = waiting ?? whyNotYet(services, record.released, deploy?.shortLived ?? []);
  if (why === undefined) return { kind: 'good' };
  const minutes = deploy?.minutes ?? 0;
  const isLate = look.now - (record.unsettledSince ?? look.now) >= minutes * 60_000;
  return isLate ? failed(name, `after ${minutesText(minutes)}: ${why}`) : { kind: 'wait', why };
}

function failed(name: ErrorName, why: string): Verdict {
  return { kind: 'failed', name, why };
}

/** A watch ends with any newer run. Before it, a run is over only if nothing of it is left to verify. */
function whySuperseded(
  { released }: RolloutRecord,
  { newerRun, takenOver }: Look,
  isWatch: boolean,
): string | undefined {
  if (newerRun === undefined) return undefined;
  if (isWatch) return `watch ended by ${newerRun}`;
  return released.every((service) => takenOver.includes(service)) ? `taken over by ${newerRun}` : undefined;
}

/**
 * A service that the run did not change may be absent: not every image of the catalog is deployed everywhere. So may a short-lived one, whose Job
 * is removed when it is done. Helm and Argo CD wait for their hooks, and fail with them.
 */
function whyNotYet(
  all: readonly RolledOutService[],
  released: readonly string[],
  shortLived: readonly string[],
): string | undefined {
  const services = all.filter(({ service, state }) => state !== 'missing' || !shortLived.includes(service));
  if (services.length > 0 && services.every(({ state }) => state === 'missing')) {
    return services[0]?.why ?? 'the namespace runs none of the images';
  }
  const open = services.filter(
    ({ service, state }) =>
      state === 'progressing' || state === 'failed' || (state === 'missing' && released.includes(service)),
  );
  return open.length === 0 ? undefined : describe(open);
}

const SERVICES_SHOWN = 3;

function describe(services: readonly RolledOutService[]): string {
  const shown = services
    .slice(0, SERVICES_SHOWN)
    .map(({ service, ready, wanted, why }) => `${service}: ${why ?? `${ready} of ${wanted} ready`}`);
  const more = services.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Judges the checks of one look together, once each of them was tried. */
export function judgeChecks(results: readonly CheckResult[], checks: Readonly<Record<string, Check>>): Verdict {
  const isOver = ({ name, tries }: CheckResult) => tries > (checks[name]?.retries ?? 0);
  const over = results.filter(isOver);
  const bad = over.filter(({ state }) => state === 'failed');
  if (bad.length > 0) return failed(ERROR_NAMES.verifyFailed, describeChecks(bad));
  const silent = over.filter(({ state }) => state === 'unreachable');
  if (silent.length > 0) return { kind: 'unreachable', why: describeChecks(silent) };
  const open = results.filter(({ state }) => state !== 'passed');
  return open.length === 0 ? { kind: 'good' } : { kind: 'wait', why: describeChecks(open) };
}

function describeChecks(results: readonly CheckResult[]): string {
  return results
    .map(
      ({ name, why = 'not tried yet', tries }) => `check ${name}: ${why} (${tries} ${tries === 1 ? 'try' : 'tries'})`,
    )
    .join('; ');
}

function minutesText(minutes: number): string {
  return minutes < 2 ? `${Math.round(minutes * 60)} s` : `${Math.round(minutes)} min`;
}
