/** Runs of the state machine, as text. */
import type { ListedRun, ViewedRun } from '../../adapters/aws/run-viewer';
import type { RunReport } from '../../core/contract/report';
import { ONLY_ENVIRONMENT } from '../../core/contract/run-input';
import { approvalText } from '../../core/report/approval';
import { messageInCause } from '../../core/report/outcome';
import { rolloutText } from '../../core/report/rollout-text';
import { endText, timeText } from '../../core/report/run-text';
import { verdictText } from '../../core/scan/scan-text';
import { printableLines } from '../../core/text/escape';
import { jobNames, type Progress, phaseName, progressText } from '../../local/runtime/progress';
import type { FoundReport } from '../run-store';
import { table } from './print';

/** Returns the progress of a run that is still running. */
export function runningRunText(run: ViewedRun, progress: Progress): string {
  return printableLines([headText(run), runningText(progress)].join('\n'));
}

/** Returns the end of a run, with its error. A run that was not reported has the hint where its report is. */
export function endedRunText(run: ViewedRun, found: FoundReport): string {
  const report = 'report' in found ? found.report : undefined;
  const { name, message } = report?.error ?? { name: run.error, message: messageInCause(run.cause ?? '') };
  const lines = [
    headText(run),
    ...(name === undefined ? [] : [`${name}: ${message}`]),
    'report' in found ? reportText(found.report) : found.hint,
  ];
  return printableLines(lines.join('\n'));
}

function headText(run: ListedRun): string {
  return `${run.name}: ${run.status.toLowerCase()}${tookText(run)}`;
}

/** Returns one row a run. */
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

/** Returns the run's report, which is the output of a run that succeeded. */
export function reportOf({ status, output }: ViewedRun): RunReport | undefined {
  if (status !== 'SUCCEEDED' || output === undefined) return undefined;
  return JSON.parse(output) as RunReport;
}

/** Returns the end of a run in one line: how, after how long, what it did, and its commit. Each warning adds a line. */
export function reportText(report: RunReport): string {
  const { status, seconds, result, version, commit, superseded, warnings = [] } = report;
  const approved = approvalText(report.approval);
  const line = [
    `${endText(report)} in ${timeText(seconds)}: ${result}`,
    ...(version === undefined || status !== 'SUCCEEDED' ? [] : [`version ${version}`]),
    ...(report.environment === undefined || report.environment === ONLY_ENVIRONMENT
      ? []
      : [`environment ${report.environment}`]),
    ...(report.startedBy === undefined ? [] : [`started by ${report.startedBy}`]),
    ...(approved === undefined ? [] : [approved]),
    ...(report.tag === undefined ? [] : [`tag ${report.tag.name}`]),
    `commit ${commit ?? 'none'}`,
    ...(superseded.length === 0 ? [] : [`not committed: ${superseded.join(' ')}`]),
  ].join('; ');
  const scan = report.scan === undefined ? [] : [`scan: ${verdictText(report.scan)}`];
  const after = report.rollout === undefined ? [] : [rolloutText(report.rollout)];
  return [line, ...scan, ...after, ...warnings.map((warning) => `note: ${warning}`)].join('\n');
}

function tookText({ startedAt, stoppedAt }: ListedRun): string {
  return stoppedAt === undefined ? '' : ` after ${((stoppedAt - startedAt) / 1000).toFixed(1)} s`;
}

function runningText(progress: Progress): string {
  const running = jobNames(progress, 'running');
  const now = running.length === 0 ? '' : `, now ${running.join(' ')}`;
  return `${phaseName(progress) || 'waiting'}: ${progressText(progress)}${now}`;
}
