/** The rollout step: looks at the environment of a run after its commit, records the findings, and returns what the state machine does next. */
import * as z from 'zod';
import { ERROR_NAMES, type ErrorName, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { ReleaseRecord } from '../../core/contract/release';
import type { RunReport } from '../../core/contract/report';
import type { Rollout, RolloutRecord, RolloutRequest, RolloutStep } from '../../core/contract/rollout';
import type { SourceGit } from '../../core/ports/git';
import type { CheckSender } from '../../core/ports/rollout';
import type { ObjectStore } from '../../core/ports/store';
import { buildOutcome } from '../../core/report/outcome';
import { judgeChecks, judgeEnvironment } from '../../core/rollout/judge-environment';
import { unexpectedReply } from '../../core/rollout/judge-reply';
import { afterLook, afterTry, type Decision, decide, openChecks } from '../../core/rollout/next-step';
import { environmentNamed } from '../../core/settings/environment';
import { type Environment, isCommand } from '../../core/settings/environment-schema';
import { valuesBranch } from '../../core/settings/files/values-repository';
import type { Settings } from '../../core/settings/schema';
import { readIfStored, readStored } from '../shared/stored';
import { beginRollout } from './begin-rollout';
import { DEPLOYMENT, prepareCommand } from './commands';
import { findNewerCommit, type LookDependencies, lookAt } from './look';
import { promotionRun, rollbackRun } from './next-runs';

export interface RolloutDependencies extends LookDependencies {
  readonly settings: Settings;
  readonly git: SourceGit;
  readonly store: ObjectStore;
  readonly checks: CheckSender;
}

/** Few retries are enough: the next look asks a cluster that did not answer again. Times are in ms. */
export const CLUSTER_RETRY = { tries: 3, firstWait: 500, longestWait: 5_000 };

const DONE: RolloutStep = { next: 'done', phase: 'verify', seconds: 0 };

/**
 * Returns what the state machine does next. Throws `DeployFailed`, `VerifyFailed` or `EnvironmentUnreachable` if the run has failed and is not
 * rolled back, or its rollback has ended. A repeated call is safe: at worst, a check is tried once more.
 */
export async function rolloutStep(request: RolloutRequest, dependencies: RolloutDependencies): Promise<RolloutStep> {
  if (request.phase === 'deploy') return deploy(request, dependencies);
  const { settings, store } = dependencies;
  const stored = await readStored<RolloutRecord>(store, objectKeys.rollout(request.run));
  const environment = environmentNamed(settings, stored.report.environment);
  if (request.phase === 'rolledBack') return endRolledBack(stored, store);
  const release = await readStored<ReleaseRecord>(store, objectKeys.release(request.run));
  const { record, failure } = afterCommand(stored, request.last, environment);
  if (failure !== undefined) return proceed(failure, dependencies);
  return look(record, environment, valuesBranch(settings, release.ref), dependencies);
}

/** Starts the deployment, unless another tool deploys, or a newer run has taken over. */
async function deploy({ run, redrives }: RolloutRequest, dependencies: RolloutDependencies): Promise<RolloutStep> {
  const begun = await beginRollout(run, redrives, dependencies);
  if (begun === undefined) return DONE;
  const { record, environment, release } = begun;
  const branch = valuesBranch(dependencies.settings, release.ref);
  const { newerRun } = await findNewerCommit(record, environment, branch, dependencies.valuesGit);
  const deploys = environment.deploy?.with === 'helm' || environment.deploy?.with === 'command';
  // The chart of a newer commit contains this run's versions. Deploying this one after it would downgrade the others.
  if (!deploys || newerRun !== undefined) {
    await save(record, dependencies.store);
    return { next: 'verify', phase: 'verify', seconds: 0 };
  }
  return command(record, DEPLOYMENT, environment, dependencies);
}

async function command(
  record: RolloutRecord,
  name: string,
  environment: Environment,
  dependencies: RolloutDependencies,
): Promise<RolloutStep> {
  const started = { ...record, command: name, commands: record.commands + 1 };
  const job = await prepareCommand(started, name, environment, dependencies);
  await save(started, dependencies.store);
  return { next: 'command', phase: record.report.watch === undefined ? 'verify' : 'watch', seconds: 0, command: job };
}

const Last = z.object({
  error: z
    .object({ Error: z.string(), Cause: z.string().default('') })
    .optional()
    .catch(undefined),
});

interface CommandEnd {
  readonly record: RolloutRecord;
  /** Set if the deployment failed. A failed check is only recorded, because it may be tried again. */
  readonly failure?: Decision;
}

/** Returns the record with the result of the command that has ended, if there was one. */
function afterCommand(stored: RolloutRecord, last: unknown, environment: Environment): CommandEnd {
  const { command: name, ...record } = stored;
  const { error } = Last.safeParse(last).data ?? {};
  if (name === undefined) return { record };
  const {
    status,
    cause = '',
    logs,
  } = error === undefined ? { status: 'SUCCEEDED' } : buildOutcome({ service: name, error });
  const why = `${cause || status}${logs === undefined ? '' : `; log: ${logs}`}`.replace(/\s+/g, ' ');
  if (status === 'SUCCEEDED') return { record: name === DEPLOYMENT ? record : afterTry(record, name, 'passed') };
  // A fault of the build machine says nothing about the environment.
  const isFault = status === 'FAULT' || status === 'STOPPED';
  if (name !== DEPLOYMENT) return { record: afterTry(record, name, isFault ? 'unreachable' : 'failed', why) };
  const verdict = isFault
    ? ({ kind: 'unreachable', why: `the deployment could not run: ${why}` } as const)
    : ({ kind: 'failed', name: ERROR_NAMES.deployFailed, why: `the deployment failed: ${why}` } as const);
  return { record, failure: decide(record, verdict, environment, 0) };
}

/** Looks at the environment, then sends the requests of the checks, then starts their commands one by one. */
async function look(
  before: RolloutRecord,
  environment: Environment,
  branch: string,
  dependencies: RolloutDependencies,
): Promise<RolloutStep> {
  const found = await lookAt(before, environment, branch, dependencies);
  const verdict = judgeEnvironment(before, found, environment);
  const record = afterLook(before, found, verdict);
  const { now } = found;
  if (verdict.kind !== 'good') return proceed(decide(record, verdict, environment, now), dependencies);
  const tried = await sendRequests(record, environment, dependencies.checks);
  const checked = judgeChecks(tried.report.checks, environment.verify ?? {});
  const [next] = openChecks(tried, environment, 'command');
  const isRequestOpen = openChecks(tried, environment, 'request').length > 0;
  if (checked.kind === 'wait' && !isRequestOpen && next !== undefined) {
    return command(tried, next, environment, dependencies);
  }
  return proceed(decide(tried, checked, environment, now), dependencies);
}

async function sendRequests(
  record: RolloutRecord,
  environment: Environment,
  checks: CheckSender,
): Promise<RolloutRecord> {
  const names = openChecks(record, environment, 'request');
  const answers = await Promise.all(names.map((name) => sendRequest(name, environment, checks)));
  return answers.reduce((after, { name, state, why }) => afterTry(after, name, state, why), record);
}

async function sendRequest(name: string, { verify = {} }: Environment, checks: CheckSender) {
  const check = verify[name];
  if (check === undefined || isCommand(check)) throw new Error(`${name} is no request`);
  const answer = await checks.send(check);
  if (answer.kind === 'unreachable') return { name, state: 'unreachable' as const, why: answer.why };
  const why = answer.kind === 'late' ? `no answer within ${check.seconds} s` : unexpectedReply(answer, check.expect);
  return why === undefined ? { name, state: 'passed' as const } : { name, state: 'failed' as const, why };
}

/** Stores the record, and returns the step, with the run to start if it starts one. Throws if the run has failed and is not rolled back. */
async function proceed(
  { record, step, failure }: Decision,
  { settings, store }: RolloutDependencies,
): Promise<RolloutStep> {
  if (step.next === 'promote') {
    const start = promotionRun(record, settings);
    const promotion = { run: start.name, environment: start.input.environment ?? '' };
    await save({ ...record, report: { ...record.report, promotion } }, store);
    return { ...step, start };
  }
  if (step.next === 'rollBack') {
    const start = rollbackRun(record, failure);
    const rollback = { run: start.name, commit: null };
    await save({ ...record, failedAs: nameOf(failure), report: { ...record.report, rollback } }, store);
    return { ...step, start };
  }
  await save(record, store);
  if (failure !== undefined) throw new PipelineError(nameOf(failure), failureText(record));
  return step;
}

function nameOf(failure: Decision['failure']): ErrorName {
  return failure?.kind === 'failed' ? failure.name : ERROR_NAMES.unreachable;
}

function failureText({ report, isRollback }: RolloutRecord): string {
  const { environment, commit, why = '' } = report;
  const what = isRollback ? `the rollback to commit ${commit} did not help` : `commit ${commit}`;
  return `${environment}, ${what}: ${why}; nothing was rolled back, so the environment needs attention`;
}

/** Records the result of the rollback, and throws the error of the run, which names both commits. */
async function endRolledBack(record: RolloutRecord, store: ObjectStore): Promise<never> {
  const { report, failedAs = ERROR_NAMES.deployFailed } = record;
  const { rollback, why = '', environment, commit } = report;
  const run = rollback?.run ?? '';
  const child = await readIfStored<RunReport>(store, objectKeys.report(run));
  const problem = child?.status === 'SUCCEEDED' ? undefined : (child?.error?.message ?? 'it left no report');
  const after: NonNullable<Rollout['rollback']> = {
    run,
    commit: child?.commit ?? null,
    ...(problem === undefined ? {} : { problem: problem.replace(/\s+/g, ' ').slice(0, 1000) }),
  };
  await save({ ...record, report: { ...report, rollback: after } }, store);
  const undone =
    after.commit === null ? 'nothing was rolled back' : `rolled back by commit ${after.commit} (run ${run})`;
  const outcome =
    after.problem === undefined
      ? undone
      : `${undone}; the rollback failed, so the environment needs attention: ${after.problem}`;
  throw new PipelineError(failedAs, `${environment}, commit ${commit}: ${why}; ${outcome}`);
}

async function save(record: RolloutRecord, store: ObjectStore): Promise<void> {
  await store.put(objectKeys.rollout(record.run), JSON.stringify(record));
}
