/** How a build job that did not succeed ended, read from what Step Functions passes as the error of `startBuild.sync`. */

import { ERROR_NAMES, PipelineError } from '../contract/errors';
import {
  BUILD_STATUSES,
  type BuildOutcome,
  type BuildStatus,
  isModuleOutcome,
  type NestedOutcomes,
  type OutcomeRequest,
} from '../contract/job';

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

// Turns failed jobs into the one error that ends a run before any version is given.

/** Step Functions keeps 32,768 characters of an error. */
const MOST_SHOWN = 50;

/** The jobs that did not succeed, in the order of their names. */
export function failedOutcomes(builds: NestedOutcomes): BuildOutcome[] {
  return flattenOutcomes(builds)
    .filter((outcome) => outcome.status !== 'SUCCEEDED')
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** How many images of a run could not be built; modules are none. */
export function failedImages({ failed }: { readonly failed: readonly BuildOutcome[] }): number {
  return failed.filter(({ service }) => !isModuleOutcome(service)).length;
}

/** An error that lists every failed job with its log link, or undefined if all succeeded. */
export function failedBuilds(builds: NestedOutcomes): PipelineError | undefined {
  const all = flattenOutcomes(builds);
  const failed = failedOutcomes(all);
  if (failed.length === 0) return undefined;
  const more = failed.length - MOST_SHOWN;
  const lines = failed.slice(0, MOST_SHOWN).map(({ service, status, cause, logs }) => {
    const why = cause === undefined ? status : `${status}: ${cause}`;
    return `  ${service}: ${why}${logs === undefined ? '' : `\n    log: ${logs}`}`;
  });
  const message = `${failed.length} of ${all.length} builds failed; no version was given and no values file was changed:`;
  if (more > 0) lines.push(`  and ${more} more, which the report has`);
  const hint = 'Start the same run again: images that were built are found and not built twice.';
  return new PipelineError(ERROR_NAMES.buildsFailed, [message, ...lines, hint].join('\n'));
}

// What people want to read of an error that Step Functions tells.

/** Lambda gives an error's cause as JSON with `errorMessage`; other causes are plain text. */
export function messageInCause(cause: string): string {
  try {
    const value: unknown = JSON.parse(cause);
    const message =
      typeof value === 'object' && value !== null ? (value as { errorMessage?: unknown }).errorMessage : undefined;
    return typeof message === 'string' ? message : cause;
  } catch {
    return cause;
  }
}
