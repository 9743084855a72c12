/** Runs of the state machine, as text. */
import type { ListedRun, ViewedRun } from '../../adapters/aws/run-viewer';
import type { RunReport } from '../../core/contract/report';
import { printable } from '../../core/text/terminal';
import type { Progress } from '../../local/runtime/progress';
import { table } from './print';

/** The end of a run (or how it stands), with failed builds and their logs. `progress` is of a run that is under way. */
export function viewedRunText(run: ViewedRun, progress?: Progress): string {
  const report = reportOf(run);
  const lines = [
    `${run.name}: ${run.status.toLowerCase()}${tookText(run)}`,
    ...(report === undefined ? [] : reportLines(report)),
    ...(run.error === undefined ? [] : `${run.error}: ${messageIn(run.cause ?? '')}`.split('\n')),
    ...(run.status === 'RUNNING' && progress !== undefined ? [progressText(progress)] : []),
  ];
  return lines.map(printable).join('\n');
}

/** One row a run. */
export function runListText(runs: readonly ListedRun[]): string {
  if (runs.length === 0) return 'no runs yet';
  const rows = runs.map((run) => [
    run.name,
    run.status.toLowerCase(),
    new Date(run.startedAt).toISOString().slice(0, 19).replace('T', ' '),
    run.stoppedAt === undefined ? '' : `${((run.stoppedAt - run.startedAt) / 1000).toFixed(1)} s`,
  ]);
  return table(['run', 'status', 'started (UTC)', 'took'], rows);
}

/** The run's report, if it gave one: the output of a run of this state machine. */
export function reportOf({ status, output }: ViewedRun): RunReport | undefined {
  if (status !== 'SUCCEEDED' || output === undefined) return undefined;
  return JSON.parse(output) as RunReport;
}

function reportLines({ status, version, totals, commit, superseded }: RunReport): readonly string[] {
  const what = status === 'PLANNED' ? 'planned' : 'done';
  const counts = `${totals.build} built, ${totals.retag} retagged, ${totals.keep} kept`;
  return [
    `${what}: ${counts}${version === undefined ? '' : `, version ${version}`}, commit ${commit ?? 'none'}`,
    ...(superseded.length === 0 ? [] : [`superseded by newer releases: ${superseded.join(' ')}`]),
  ];
}

function tookText({ startedAt, stoppedAt }: ListedRun): string {
  return stoppedAt === undefined ? '' : ` after ${((stoppedAt - startedAt) / 1000).toFixed(1)} s`;
}

function progressText({ phase, total, done, failed, running }: Progress): string {
  const failures = failed.length === 0 ? '' : `, ${failed.length} failed (${failed.join(' ')})`;
  const now = running.length === 0 ? '' : `, now ${running.join(' ')}`;
  return `${phase || 'waiting'}: built ${done} of ${total}${failures}${now}`;
}

/** Lambda gives an error's cause as JSON with `errorMessage`; other causes are plain text. */
function messageIn(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
