/** The summary of a run as Markdown for people: the end, numbers, failed jobs with their logs, every service with its reasons. */
import type { BuildOutcome } from '../contract/job';
import type { Plan, PlannedService } from '../contract/plan';
import type { ReportedPackage, RunReport, ServiceEnd } from '../contract/report';
import { costText } from '../estimate/price';
import { codeBlock, escapeCell, linkTo } from '../text/escape';
import { endText, errorText, runTitle, timeText } from './run-text';

/** Reasons shown per service. The plan has them all. */
const REASONS_SHOWN = 3;
/** Failed jobs shown. The report has them all. */
const FAILED_SHOWN = 100;
/** Characters of an error and of a failed job's cause. */
const LONGEST_ERROR = 10_000;
const LONGEST_CAUSE = 300;

/** Returns the Markdown. `plan` is undefined if the run failed before it had one. `link` leads to the run, if it has a page. */
export function printSummary(report: RunReport, plan: Plan | undefined, link?: string): string {
  const { superseded, notKept = [], statusProblem, warnings = [] } = report;
  const lines = [
    `# ${escapeCell(`${runTitle(report)} ${endText(report)}`)}`,
    '',
    `- run: ${link === undefined ? escapeCell(report.run) : linkTo(report.run, link)}`,
    ...(report.page?.startsWith('https://') ? [`- page: ${linkTo('timeline, services and logs', report.page)}`] : []),
    `- branch: ${escapeCell(report.ref ?? 'unknown')} at ${report.source ?? 'unknown'}`,
    `- ${escapeCell(report.result)}`,
    `- commit of the values file: ${report.commit ?? 'none'}`,
    `- time: ${timeText(report.seconds)}; build time by the catalog: ${report.work.minutes} min, ${costText(report.work)}`,
    ...(superseded.length === 0 ? [] : [`- not committed: ${superseded.map(escapeCell).join(', ')}`]),
    ...(notKept.length === 0
      ? []
      : [`- manifests not kept, so that the release has to pull them: ${notKept.map(escapeCell).join(', ')}`]),
    ...(statusProblem === undefined ? [] : [`- the commit status was not written: ${escapeCell(statusProblem)}`]),
    ...warnings.flatMap((warning) => ['', `> **Note:** ${escapeCell(warning)}`]),
    ...errorLines(report),
    ...failedLines(report.failed),
    ...packageLines(report.packages ?? []),
    ...(plan === undefined ? [] : serviceLines(plan, report)),
  ];
  return `${lines.join('\n')}\n`;
}

function errorLines(report: RunReport): readonly string[] {
  const text = errorText(report);
  return text === undefined ? [] : ['', '## Error', '', codeBlock(text.slice(0, LONGEST_ERROR))];
}

function failedLines(failed: readonly BuildOutcome[]): readonly string[] {
  if (failed.length === 0) return [];
  const more = failed.length - FAILED_SHOWN;
  return [
    '',
    '## Failed',
    '',
    '| job | end | cause | log |',
    '|---|---|---|---|',
    ...failed.slice(0, FAILED_SHOWN).map(failedRow),
    ...(more > 0 ? ['', `and ${more} more, which the report has`] : []),
  ];
}

function failedRow({ service, status, cause = '', logs }: BuildOutcome): string {
  const log = logs === undefined ? '' : linkTo('log', logs);
  return `| ${escapeCell(service)} | ${escapeCell(status)} | ${escapeCell(cause.slice(0, LONGEST_CAUSE))} | ${log} |`;
}

/** Returns the packages that belong to this source, as `pip install` takes them. */
function packageLines(packages: readonly ReportedPackage[]): readonly string[] {
  if (packages.length === 0) return [];
  const rows = packages.map(
    (each) =>
      `| ${escapeCell(each.module)} | ${escapeCell(`${each.package}==${each.version}`)} | ${each.isNew ? 'published' : 'already published'} |`,
  );
  return ['', '## Packages', '', '| module | package | |', '|---|---|---|', ...rows];
}

/** Returns plan and result of each service, side by side. */
function serviceLines({ services }: Plan, report: RunReport): readonly string[] {
  const ends = new Map(report.services?.map(({ name, end }) => [name, end]));
  const rows = services.map((service) => serviceRow(service, ends.get(service.name)));
  return ['', '## Services', '', '| service | plan | result | why |', '|---|---|---|---|', ...rows];
}

function serviceRow({ name, action, reasons }: PlannedService, end: ServiceEnd | undefined): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map((reason) => reason.text);
  const more = reasons.length - shown.length;
  const why = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  const result = end === 'notDone' ? 'not done' : (end ?? '');
  return `| ${escapeCell(name)} | ${action} | ${result} | ${escapeCell(why)} |`;
}
