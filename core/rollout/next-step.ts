/** Decides what the state machine does next after a look at an environment, and what the record then says. Pure. */
import type { CheckResult, Rollout, RolloutRecord, RolloutStep } from '../contract/rollout';
import { type Check, type Environment, isCommand } from '../settings/environment-schema';
import type { Look, Verdict } from './judge-environment';

/** The record after a step, and the step. `failure` is set if the run has failed. */
export interface Decision {
  readonly record: RolloutRecord;
  readonly step: Pick<RolloutStep, 'next' | 'phase' | 'seconds'>;
  readonly failure?: Extract<Verdict, { kind: 'failed' | 'unreachable' }>;
}

/** Returns the record with what the look found. */
export function afterLook(record: RolloutRecord, look: Look, verdict: Verdict): RolloutRecord {
  const { unsettledSince, unreachableSince, ...rest } = record;
  const isUnreachable = look.unreachable !== undefined;
  const isUnsettled = isUnreachable ? unsettledSince !== undefined : verdict.kind === 'wait';
  return {
    ...rest,
    // What was not seen is neither late nor in time: the deadline does not run on while the cluster is away.
    ...(isUnsettled ? { unsettledSince: unsettledSince ?? look.now } : {}),
    ...(isUnreachable ? { unreachableSince: unreachableSince ?? look.now } : {}),
    report: withFacts(record.report, look),
  };
}

function withFacts(report: Rollout, { services, newerRun }: Look): Rollout {
  const { why: _, ...rest } = report;
  return { ...rest, ...(services === undefined ? {} : { services }), ...(newerRun === undefined ? {} : { newerRun }) };
}

/** Seconds between two looks: short at first, so that a fast deployment is seen soon, and at most half a minute. */
const LONGEST_PAUSE = 30;

/** Decides after a verdict on the environment and, if that is good, on all checks. */
export function decide(record: RolloutRecord, verdict: Verdict, environment: Environment, now: number): Decision {
  const phase = record.report.watch === undefined ? 'verify' : 'watch';
  switch (verdict.kind) {
    case 'good':
      return afterGood(record, environment, now);
    case 'wait': {
      const elapsed = (now - (record.unreachableSince ?? record.unsettledSince ?? now)) / 1000;
      const seconds = Math.min(
        LONGEST_PAUSE,
        Math.max(1, Math.round(elapsed / 5), retryPause(record.report.checks, environment)),
      );
      return { record: withReport(record, { why: verdict.why }), step: { next: 'wait', phase, seconds } };
    }
    case 'superseded':
      return { record: ended(record, 'superseded', verdict.why), step: { next: 'done', phase, seconds: 0 } };
    case 'unreachable':
      return {
        record: ended(record, 'unreachable', verdict.why),
        step: { next: 'done', phase, seconds: 0 },
        failure: verdict,
      };
    case 'failed': {
      const next = environment.onFailure === 'rollback' && !record.isRollback ? 'rollBack' : 'done';
      return { record: ended(record, 'failed', verdict.why), step: { next, phase, seconds: 0 }, failure: verdict };
    }
  }
}

/** A failed request is tried again after as long as one try may take. */
function retryPause(checks: readonly CheckResult[], { verify = {} }: Environment): number {
  const pauses = checks.map(({ name, state }) => {
    const check = verify[name];
    return state === 'passed' || state === 'waiting' || check === undefined || isCommand(check) ? 0 : check.seconds;
  });
  return Math.ceil(Math.max(0, ...pauses));
}

/** All is well: the watch begins, goes on or ends, and then the next environment follows. A rollback is neither watched nor promoted. */
function afterGood(record: RolloutRecord, { watch, then, verify = {} }: Environment, now: number): Decision {
  const { watch: watched } = record.report;
  if (watch === undefined || record.isRollback) return verified(record, then);
  const until = watched === undefined ? now + watch.minutes * 60_000 : Date.parse(watched.until);
  const looks = watched === undefined ? 0 : watched.looks + 1;
  const from = watched?.from ?? new Date(now).toISOString();
  const report = { ...record.report, watch: { from, until: new Date(until).toISOString(), looks } };
  if (watched !== undefined && now >= until) return verified({ ...record, report }, then);
  const seconds = Math.max(1, Math.ceil(Math.min(watch.every * 60, (until - now) / 1000)));
  const checks = untried(verify);
  return { record: { ...record, report: { ...report, checks } }, step: { next: 'wait', phase: 'watch', seconds } };
}

function verified(record: RolloutRecord, then: string | undefined): Decision {
  const next = then === undefined || record.isRollback ? 'done' : 'promote';
  return { record: ended(record, 'verified'), step: { next, phase: 'watch', seconds: 0 } };
}

function ended(record: RolloutRecord, end: NonNullable<Rollout['end']>, why?: string): RolloutRecord {
  return withReport(record, { end, ...(why === undefined ? {} : { why }) });
}

function withReport(record: RolloutRecord, part: Partial<Rollout>): RolloutRecord {
  return { ...record, report: { ...record.report, ...part } };
}

/** Returns all checks as they are before a look. */
export function untried(checks: Readonly<Record<string, Check>>): readonly CheckResult[] {
  return Object.keys(checks).map((name) => ({ name, state: 'waiting', tries: 0 }));
}

/** Returns the record after one more try of a check. `why` is one line. */
export function afterTry(
  record: RolloutRecord,
  name: string,
  state: Exclude<CheckResult['state'], 'waiting'>,
  why?: string,
): RolloutRecord {
  const checks = record.report.checks.map((check): CheckResult => {
    if (check.name !== name) return check;
    return { name, state, tries: check.tries + 1, ...(why === undefined ? {} : { why }) };
  });
  return withReport(record, { checks });
}

/** Returns the checks of a kind that have not passed yet. */
export function openChecks(
  { report }: RolloutRecord,
  { verify = {} }: Environment,
  kind: 'request' | 'command',
): readonly string[] {
  return report.checks
    .filter(({ name, state }) => {
      const check = verify[name];
      return state !== 'passed' && check !== undefined && isCommand(check) === (kind === 'command');
    })
    .map(({ name }) => name);
}
