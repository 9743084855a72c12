/** The summary of a run, in Markdown, for people: outcome, numbers, what failed with its logs, every service with action and reason. */
import type { BuildOutcome } from '../contract/job';
import type { Plan, PlannedService } from '../contract/plan';
import type { ReportedPackage, RunReport } from '../contract/report';
import { costText } from '../estimate/price';
import { codeBlock, escapeCell, linkTo } from '../text/markdown';

/** Reasons shown per service; the plan file has them all. */
const REASONS_SHOWN = 3;
/** Failed jobs shown; the report has them all. */
const FAILED_SHOWN = 100;
/** Characters of an error and of a failed job's cause. */
const LONGEST_ERROR = 10_000;
const LONGEST_CAUSE = 300;

/** Markdown of a report. `plan` is undefined if the run failed before it had one; `link` leads to the run, where it has a page. */
export function printSummary(report: RunReport, plan: Plan | undefined, link?: string): string {
  const lines = [
    `# ${escapeCell(title(report))}`,
    '',
    `- run: ${link === undefined ? escapeCell(report.run) : linkTo(report.run, link)}`,
    `- branch: ${escapeCell(report.ref ?? 'unknown')} at ${report.source ?? 'unknown'}`,
    ...(report.note === undefined ? [] : [`- ${escapeCell(report.note)}`]),
    `- built ${report.totals.build}, retagged ${report.totals.retag}, kept ${report.totals.keep}, failed ${report.failed.length}`,
    `- commit of the values file: ${report.commit ?? 'none'}`,
    `- time: ${timeText(report.seconds)}; build time by the catalog: ${report.work.minutes} min, ${costText(report.work)}`,
    ...(report.superseded.length > 0
      ? [`- left to a newer release: ${report.superseded.map(escapeCell).join(', ')}`]
      : []),
    ...(report.statusProblem === undefined
      ? []
      : [`- the git host was not told how the run ended: ${escapeCell(report.statusProblem)}`]),
    ...errorLines(report),
    ...failedLines(report.failed),
    ...packageLines(report.packages ?? []),
    ...(plan === undefined
      ? []
      : ['', '## Services', '', '| service | action | why |', '|---|---|---|', ...plan.services.map(row)]),
  ];
  return `${lines.join('\n')}\n`;
}

function title(report: RunReport): string {
  const what = [report.action, report.version].filter((part) => part !== undefined).join(' ');
  const end = { SUCCEEDED: 'succeeded', FAILED: 'failed', PLANNED: 'planned, nothing written' }[report.status];
  return `${what} ${end}`;
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** Where jobs failed, the error's first line: the others are the same jobs again. */
function errorLines({ error, failed }: RunReport): readonly string[] {
  if (error === undefined) return [];
  const message = failed.length === 0 ? error.message : (error.message.split('\n')[0] ?? '');
  return ['', '## Error', '', codeBlock(`${error.name}: ${message}`.slice(0, LONGEST_ERROR))];
}

function failedLines(failed: readonly BuildOutcome[]): readonly string[] {
  if (failed.length === 0) return [];
  const more = failed.length - FAILED_SHOWN;
  return [
    '',
    '## Failed',
    '',
    '| service | end | cause | log |',
    '|---|---|---|---|',
    ...failed.slice(0, FAILED_SHOWN).map(failedRow),
    ...(more > 0 ? ['', `and ${more} more, which the report has`] : []),
  ];
}

function failedRow({ service, status, cause = '', logs }: BuildOutcome): string {
  const log = logs === undefined ? '' : linkTo('log', logs);
  return `| ${escapeCell(service)} | ${escapeCell(status)} | ${escapeCell(cause.slice(0, LONGEST_CAUSE))} | ${log} |`;
}

/** What installs the packages of this source, each at the very content that it has here. */
function packageLines(packages: readonly ReportedPackage[]): readonly string[] {
  if (packages.length === 0) return [];
  const rows = packages.map(
    (each) =>
      `| ${escapeCell(each.module)} | ${escapeCell(`${each.package}==${each.version}`)} | ${each.isNew ? 'published' : 'was there'} |`,
  );
  return ['', '## Packages', '', '| module | package | |', '|---|---|---|', ...rows];
}

function row(service: PlannedService): string {
  const shown = service.reasons.slice(0, REASONS_SHOWN).map((reason) => reason.text);
  const more = service.reasons.length - shown.length;
  const why = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return `| ${escapeCell(service.name)} | ${service.action} | ${escapeCell(why)} |`;
}
