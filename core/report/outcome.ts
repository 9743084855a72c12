/** The ends of build jobs: read from the errors of Step Functions, and turned into the one error of a run whose builds failed. */
import { ERROR_NAMES, PipelineError } from '../contract/errors';
import type { JobTimes } from '../contract/estimate';
import {
  BUILD_STATUSES,
  type BuildOutcome,
  type BuildStatus,
  type NestedOutcomes,
  type OutcomeRequest,
} from '../contract/job';
import type { TestEnd } from '../contract/report';
import { readJobTimes } from '../estimate/job-times';
import { parseJson } from '../text/json';

/** Errors of the steps that come after a build. Another build would not help. */
const ERRORS_AFTER_BUILD: readonly string[] = [ERROR_NAMES.imageMissing, ERROR_NAMES.packageIndex];

/** A cause is for people; the log link leads to the rest. */
const CAUSE_LIMIT = 300;

/**
 * Returns the outcome of a failed job. CodeBuild's failure comes as `States.TaskFailed` with the build's JSON as cause. The cause may be
 * cut, or be plain text if the build could not be started: the outcome then has the part that is known.
 */
export function buildOutcome({ service, error }: Pick<OutcomeRequest, 'service' | 'error'>): BuildOutcome {
  if (ERRORS_AFTER_BUILD.includes(error.Error)) {
    const cause = `${error.Error}: ${messageInCause(error.Cause ?? '')}`;
    return { service, status: 'FAILED', cause: cause.slice(0, CAUSE_LIMIT) };
  }
  const build = parseBuild(error.Cause);
  const logs = stringAt(build, 'Logs', 'DeepLink');
  const cause =
    knownExit(phaseMessage(build)) ??
    phaseMessage(build) ??
    (build === undefined ? error.Cause : undefined) ??
    error.Error;
  return {
    service,
    status: statusOf(error.Error, stringAt(build, 'BuildStatus')),
    ...(logs === undefined ? {} : { logs }),
    cause: cause.slice(0, CAUSE_LIMIT),
  };
}

/** Returns the times of a failed build, if CodeBuild told them. */
export function failureTimes({ error }: Pick<OutcomeRequest, 'error'>): JobTimes | undefined {
  return readJobTimes(parseBuild(error.Cause));
}

const TESTS_FAILED_CAUSE = 'the tests failed; the log has their output';

const OUT_OF_MEMORY_CAUSE = 'the machine has too little memory; give the service a larger compute in the catalog';

/** Causes by the exit status that the buildspec of images gives them (`buildspecs/image.yml`). */
const CAUSE_OF_EXIT: Readonly<Record<string, string>> = { 86: TESTS_FAILED_CAUSE, 137: OUT_OF_MEMORY_CAUSE };

/** Returns the cause of a status, as CodeBuild and the local runtime write it. */
function knownExit(message: string | undefined): string | undefined {
  const [, status = ''] = /\bexit (?:status|code):? ?(\d+)\b/.exec(message ?? '') ?? [];
  return CAUSE_OF_EXIT[status];
}

/** Returns true if the message of a build's phase says that its machine had too little memory. */
export function isOutOfMemoryMessage(message: string): boolean {
  return knownExit(message) === OUT_OF_MEMORY_CAUSE;
}

/** Returns true for a build that failed because its machine had too little memory. */
export function isOutOfMemory({ cause }: Pick<BuildOutcome, 'cause'>): boolean {
  return cause === OUT_OF_MEMORY_CAUSE;
}

/** Returns the end of an image's tests. It is pushed only after them, so that a build that succeeded has passed them. */
export function testEnd(service: string, outcomes: readonly BuildOutcome[], runsTests = true): TestEnd {
  const outcome = outcomes.find((each) => each.service === service);
  if (outcome?.cause === TESTS_FAILED_CAUSE) return 'failed';
  return runsTests && outcome?.status === 'SUCCEEDED' ? 'passed' : 'notRun';
}

/** Returns all outcomes, out of the arrays in which Parallel and Map states nest them. */
export function flattenOutcomes(nested: NestedOutcomes): BuildOutcome[] {
  return isList(nested) ? nested.flatMap((item) => flattenOutcomes(item)) : [nested];
}

function isList(nested: NestedOutcomes): nested is readonly NestedOutcomes[] {
  return Array.isArray(nested);
}

/** Returns the jobs that did not succeed, sorted by name. */
export function failedOutcomes(builds: NestedOutcomes): BuildOutcome[] {
  return flattenOutcomes(builds)
    .filter((outcome) => outcome.status !== 'SUCCEEDED')
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** Jobs that the error lists. Step Functions keeps 32,768 characters of an error. */
const MAX_SHOWN = 50;

/** Returns an error that lists every job that did not succeed with its log link, or undefined if all succeeded. */
export function failedBuilds(builds: NestedOutcomes): PipelineError | undefined {
  const all = flattenOutcomes(builds);
  const unsuccessful = failedOutcomes(all);
  if (unsuccessful.length === 0) return undefined;
  const stopped = unsuccessful.filter(({ status }) => status === 'STOPPED').length;
  const more = unsuccessful.length - MAX_SHOWN;
  const lines = unsuccessful.slice(0, MAX_SHOWN).map(({ service, status, cause, logs }) => {
    const why = cause === undefined ? status : `${status}: ${cause}`;
    return `  ${service}: ${why}${logs === undefined ? '' : `\n    log: ${logs}`}`;
  });
  const counts = [
    `${unsuccessful.length - stopped} of ${all.length} builds failed`,
    ...(stopped === 0 ? [] : [`${stopped} stopped or not started`]),
    'no version was given and no values file was changed:',
  ];
  if (more > 0) lines.push(`  and ${more} more, which the report has`);
  const hint = 'Start the same run again: images that were built are found and not built twice.';
  return new PipelineError(ERROR_NAMES.buildsFailed, [counts.join('; '), ...lines, hint].join('\n'));
}

/** Returns an error's message for people: Lambda gives the cause as JSON with `errorMessage`, other causes are plain text. */
export function messageInCause(cause: string): string {
  return stringAt(parseJson(cause), 'errorMessage') ?? cause;
}

/** Returns the status in CodeBuild's words. An error before any build existed is a fault of the machine, too. */
function statusOf(error: string, buildStatus: string | undefined): BuildStatus {
  const known = BUILD_STATUSES.find((status) => status === buildStatus);
  if (known !== undefined && known !== 'SUCCEEDED') return known;
  if (error === 'States.Timeout') return 'TIMED_OUT';
  return error === 'States.TaskFailed' ? 'FAILED' : 'FAULT';
}

type Json = Readonly<Record<string, unknown>>;

/** Returns the build's JSON. The integration writes its fields in upper camel case, with and without the outer `Build`. */
function parseBuild(cause: string | undefined): Json | undefined {
  const value = parseJson(cause ?? '');
  if (!isJson(value)) return undefined;
  return isJson(value.Build) ? value.Build : value;
}

function phaseMessage(build: Json | undefined): string | undefined {
  const phases: readonly unknown[] = Array.isArray(build?.Phases) ? build.Phases : [];
  return phases
    .filter((phase): phase is Json => isJson(phase) && phase.PhaseStatus !== 'SUCCEEDED')
    .flatMap(({ Contexts }): readonly unknown[] => (Array.isArray(Contexts) ? Contexts : []))
    .map((context) => stringAt(context, 'Message'))
    .find((message) => message !== undefined && message !== '');
}

function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, key) => (isJson(at) ? at[key] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
