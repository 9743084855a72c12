/** The summary of a run, in Markdown, for people: outcome, numbers, every service with action and reason. */
import type { Plan, PlannedService, RunReport } from '../contract';
import { costText } from '../estimate/price';

/** Reasons shown per service; the plan file has them all. */
const REASONS_SHOWN = 3;

/** Markdown of a report. `plan` is undefined if the run failed before it had one. */
export function printSummary(report: RunReport, plan: Plan | undefined): string {
  const lines = [
    `# ${title(report)}`,
    '',
    `- run: ${report.run}`,
    `- branch: ${report.ref ?? 'unknown'} at ${report.source ?? 'unknown'}`,
    ...(report.note === undefined ? [] : [`- ${escapeCell(report.note)}`]),
    `- built ${report.totals.build}, retagged ${report.totals.retag}, kept ${report.totals.keep}, failed ${report.failed.length}`,
    `- commit of the values file: ${report.commit ?? 'none'}`,
    `- time: ${report.seconds.toFixed(1)} s; build time by the catalog: ${report.work.minutes} min, ${costText(report.work)}`,
    ...(report.superseded.length > 0 ? [`- left to a newer release: ${report.superseded.join(', ')}`] : []),
    ...(report.statusProblem === undefined
      ? []
      : [`- the git host was not told how the run ended: ${escapeCell(report.statusProblem)}`]),
    ...(report.error === undefined
      ? []
      : ['', '## Error', '', '```', `${report.error.name}: ${report.error.message}`, '```']),
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

function row(service: PlannedService): string {
  const shown = service.reasons.slice(0, REASONS_SHOWN).map((reason) => reason.text);
  const more = service.reasons.length - shown.length;
  const why = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return `| ${escapeCell(service.name)} | ${service.action} | ${escapeCell(why)} |`;
}

/** Names from outside cannot end a table cell or start markup. */
function escapeCell(text: string): string {
  return text.replace(/[\\|<>`[\]*_]/g, '\\$&').replace(/\s+/g, ' ');
}
