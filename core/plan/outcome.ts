/** How a build job that did not succeed ended, read from what Step Functions passes as the error of `startBuild.sync`. */
import {
  BUILD_STATUSES,
  type BuildOutcome,
  type BuildStatus,
  ERROR_NAMES,
  type NestedOutcomes,
  type OutcomeRequest,
} from '../contract';
import { messageInCause } from './error-cause';

/** Of the steps that come after a build. */
const OWN_ERRORS: readonly string[] = [ERROR_NAMES.imageMissing, ERROR_NAMES.packageIndex];

/** A cause is for people; the log link leads to the rest. */
const CAUSE_LIMIT = 300;

/**
 * The outcome of a failed job. CodeBuild's failure comes as `States.TaskFailed` with the build's JSON as cause, but the cause may
 * be cut, or be plain text when the build could not be started: then all that is known is said.
 */
export function buildOutcome(request: Pick<OutcomeRequest, 'service' | 'error'>): BuildOutcome {
  const { service, error } = request;
  if (OWN_ERRORS.includes(error.Error))
    return { service, status: 'FAILED', cause: ownCause(error).slice(0, CAUSE_LIMIT) };
  const build = parseBuild(error.Cause);
  const logs = stringAt(build, 'Logs', 'DeepLink');
  const cause = phaseMessage(build) ?? (build === undefined ? error.Cause : undefined) ?? error.Error;
  return {
    service,
    status: statusOf(error.Error, stringAt(build, 'BuildStatus')),
    ...(logs === undefined ? {} : { logs }),
    cause: cause.slice(0, CAUSE_LIMIT),
  };
}

/** A step after the build refused what it made, and says why: another build would be no better. */
function ownCause({ Error: name, Cause = '' }: OutcomeRequest['error']): string {
  return `${name}: ${messageInCause(Cause)}`;
}

/** All outcomes, out of the arrays in which Parallel and Map states nest them. */
export function flattenOutcomes(nested: NestedOutcomes): BuildOutcome[] {
  return isList(nested) ? nested.flatMap((item) => flattenOutcomes(item)) : [nested];
}

function isList(nested: NestedOutcomes): nested is readonly NestedOutcomes[] {
  return Array.isArray(nested);
}

/** CodeBuild's own words: FAULT is the build machine's fault. An error before any build existed is one, too. */
function statusOf(error: string, buildStatus: string | undefined): BuildStatus {
  const known = BUILD_STATUSES.find((status) => status === buildStatus);
  if (known !== undefined && known !== 'SUCCEEDED') return known;
  if (error === 'States.Timeout') return 'TIMED_OUT';
  return error === 'States.TaskFailed' ? 'FAILED' : 'FAULT';
}

type Json = Readonly<Record<string, unknown>>;

/** The integration names the fields in upper camel case, and has been seen with and without the outer `Build`. */
function parseBuild(cause: string | undefined): Json | undefined {
  if (cause === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(cause);
    if (!isJson(value)) return undefined;
    return isJson(value.Build) ? value.Build : value;
  } catch {
    return undefined;
  }
}

function phaseMessage(build: Json | undefined): string | undefined {
  const phases = build?.Phases;
  if (!Array.isArray(phases)) return undefined;
  for (const phase of phases) {
    if (!isJson(phase) || phase.PhaseStatus === 'SUCCEEDED' || !Array.isArray(phase.Contexts)) continue;
    const message = phase.Contexts.map((context: unknown) => (isJson(context) ? context.Message : undefined)).find(
      (text) => typeof text === 'string' && text !== '',
    );
    if (typeof message === 'string') return message;
  }
  return undefined;
}

function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, key) => (isJson(at) ? at[key] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
