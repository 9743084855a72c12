/** Words about a run, and links to it, that summary, status, notice and terminal share. Each of them escapes words for its own medium. */
import type { BuildOutcome } from '../contract/job';
import { CONSOLE_HOSTS, type ExecutionEnd, type RunReport } from '../contract/report';
import { type RunPlace, whereText } from '../version/commit-message';

/** Returns action, version, environment and person, as far as known: `promote v1.4.0 to production by alice`. */
export function runTitle({ version, ...run }: RunPlace & { readonly version?: string | undefined }): string {
  return `${run.action}${version === undefined ? '' : ` ${version}`}${whereText(run)}`;
}

/** Returns the predicate of a run: `succeeded`, `failed`, `was stopped`. */
export function endText({ status, error }: Pick<RunReport, 'status' | 'error'>): string {
  if (status !== 'FAILED') return { SUCCEEDED: 'succeeded', PLANNED: 'planned' }[status];
  return FAILURES[error?.name ?? ''] ?? 'failed';
}

/** Names of errors that tell how a run ended better than `failed` does. */
const FAILURES: Readonly<Record<string, string>> = {
  Aborted: 'was stopped',
  'States.Timeout': 'timed out',
  NotApproved: 'was not approved',
  FindingsRefused: 'was stopped by findings in its images',
  NotMerged: 'was not merged',
};

/** The errors under which a run is reported that could not report its own end. */
export const UNREPORTED_ENDS: Readonly<Record<Exclude<ExecutionEnd, 'SUCCEEDED'>, { name: string; message: string }>> =
  {
    FAILED: { name: 'States.Runtime', message: 'the state machine itself failed; its history has the details' },
    ABORTED: { name: 'Aborted', message: 'the run was stopped' },
    TIMED_OUT: { name: 'States.Timeout', message: 'the run took longer than its limit' },
  };

/** Returns the error, or undefined. If failed jobs are listed apart, only its first line, because the others list them again. */
export function errorText({ error, failed }: Pick<RunReport, 'error' | 'failed'>): string | undefined {
  if (error === undefined) return undefined;
  const [first = ''] = error.message.split('\n');
  return `${error.name}: ${failed.length === 0 ? error.message : first.replace(/:$/, '')}`;
}

/** Returns how a job failed: `auth: FAILED, exit status 1`. */
export function failureText({ service, status, cause }: BuildOutcome): string {
  return `${service}: ${status}${cause === undefined ? '' : `, ${cause}`}`;
}

/** Returns a duration: `41.2 s`, `12.1 min`. */
export function timeText(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}

const EXECUTION = /^arn:([\w-]+):states:([\w-]+):\d{12}:execution:[\w-]+:[\w-]+$/;

const REGIONAL = /^arn:([\w-]+):[\w-]+:([\w-]+):/;

/** Returns the page of an execution by its ARN, or undefined for one that does not run in AWS. */
export function executionLink(arn: string): string | undefined {
  const found = consoleOf(arn, EXECUTION);
  return found && `${found.origin}/states/home?region=${found.region}#/v2/executions/details/${arn}`;
}

/** Returns the page of an object (`bucket/key`) in the region of another resource, or undefined if that one is not in AWS. */
export function objectLink(arn: string, location: string): string | undefined {
  const found = consoleOf(arn, REGIONAL);
  const [bucket = '', ...key] = location.split('/');
  const query = `region=${found?.region}&prefix=${encodeURIComponent(key.join('/'))}`;
  return found && `${found.origin}/s3/object/${bucket}?${query}`;
}

/** Returns the page of an alarm by its ARN and name, or undefined for another ARN. */
export function alarmLink(arn: string, name: string): string | undefined {
  const found = consoleOf(arn, REGIONAL);
  const page = `cloudwatch/home?region=${found?.region}#alarmsV2:alarm/${encodeURIComponent(name)}`;
  return found && `${found.origin}/${page}`;
}

function consoleOf(arn: string, grammar: RegExp): { readonly origin: string; readonly region: string } | undefined {
  const [, partition = '', region = ''] = grammar.exec(arn) ?? [];
  const console = CONSOLE_HOSTS[partition];
  return console === undefined ? undefined : { origin: `https://${region}.${console}`, region };
}
