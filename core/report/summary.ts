/** The summary of a run as Markdown for people: the end, numbers, failed jobs with their logs, every service with its reasons. */
import type { BuildOutcome } from '../contract/job';
import type { Plan, PlannedService } from '../contract/plan';
import type { ReportedPackage, ReportedService, RunReport, ServiceEnd } from '../contract/report';
import { rangeText } from '../estimate/accuracy';
import { costText } from '../estimate/price';
import { ecosystemOf } from '../modules/ecosystems';
import { scanLines } from '../scan/scan-lines';
import { codeBlock, escapeCell, linkTo } from '../text/escape';
import { approvalText } from './approval';
import { rolloutLines } from './rollout-text';
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
    ...placeLines(report),
    `- branch: ${escapeCell(report.ref ?? 'unknown')} at ${commitText(report.source, report.sourcePage) ?? 'unknown'}`,
    `- ${escapeCell(report.result)}`,
    `- commit of the values file: ${commitText(report.commit, report.commitPage) ?? 'none'}`,
    ...pullLine(report.pull),
    ...tagLine(report.tag),
    ...timingLine(report.timing),
    `- time: ${timeText(report.seconds)}; build time by the catalog: ${report.work.minutes} min, ${costText(report.work)}`,
    ...(superseded.length === 0 ? [] : [`- not committed: ${superseded.map(escapeCell).join(', ')}`]),
    ...(notKept.length === 0
      ? []
      : [`- manifests not kept, so that the release has to pull them: ${notKept.map(escapeCell).join(', ')}`]),
    ...(statusProblem === undefined ? [] : [`- the commit status was not written: ${escapeCell(statusProblem)}`]),
    ...warnings.flatMap((warning) => ['', `> **Note:** ${escapeCell(warning)}`]),
    ...errorLines(report),
    ...(report.scan === undefined ? [] : scanLines(report.scan)),
    ...(report.rollout === undefined ? [] : rolloutLines(report.rollout)),
    ...failedLines(report.failed),
    ...worstLines(report.timing),
    ...packageLines(report.packages ?? []),
    ...(plan === undefined ? [] : serviceLines(plan, report)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns where the run wrote, and the people behind it. */
function placeLines({ environment, version, startedBy, approval }: RunReport): readonly string[] {
  const facts = { environment, version, 'started by': startedBy };
  const known = Object.entries(facts).flatMap(([name, text]) =>
    text === undefined ? [] : [`- ${name}: ${escapeCell(text)}`],
  );
  const approved = approvalText(approval);
  return [...known, ...(approved === undefined ? [] : [`- ${escapeCell(approved)}`])];
}

function commitText(commit: string | null | undefined, page: string | undefined): string | null | undefined {
  return typeof commit === 'string' && page !== undefined ? linkTo(commit, page) : commit;
}

function pullLine(pull: RunReport['pull']): readonly string[] {
  return pull === undefined ? [] : [`- pull request: ${linkTo(`${pull.number}`, pull.url)}`];
}

function tagLine(tag: RunReport['tag']): readonly string[] {
  if (tag === undefined) return [];
  const name = tag.url === undefined ? escapeCell(tag.name) : linkTo(tag.name, tag.url);
  return [`- tag: ${name} on ${tag.commit}`];
}

/** Returns the estimate of the jobs beside their real time. */
function timingLine(timing: RunReport['timing']): readonly string[] {
  if (timing === undefined) return [];
  const { estimated, real } = timing;
  const side = real < estimated.low ? 'faster than' : real > estimated.high ? 'slower than' : 'within';
  return [
    `- builds: ${timeText(real)} from the first start to the last end, ${side} the estimate of ${rangeText(estimated)}`,
  ];
}

function worstLines(timing: RunReport['timing']): readonly string[] {
  if (timing === undefined) return [];
  const rows = timing.worst.map(({ name, real, parts, records, ...range }) => {
    const [part = '', seconds = 0] = Object.entries(parts).toSorted(([, a], [, b]) => b - a)[0] ?? [];
    const basis = records === 0 ? 'catalog' : `${records} builds`;
    return `| ${escapeCell(name)} | ${rangeText(range)} | ${basis} | ${timeText(real)} | ${part} ${timeText(seconds)} |`;
  });
  const head = ['| job | estimated | by | real | longest part |', '|---|---|---|---|---|'];
  return ['', '## Jobs furthest from their estimate', '', ...head, ...rows];
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

/** Returns the packages that belong to this source, as their installers take them. */
function packageLines(packages: readonly ReportedPackage[]): readonly string[] {
  if (packages.length === 0) return [];
  const rows = packages.map(
    (each) =>
      `| ${escapeCell(each.module)} | ${escapeCell(ecosystemOf(each).requirement(each.package, each.version))} | ${each.isNew ? 'published' : 'already published'} |`,
  );
  return ['', '## Packages', '', '| module | package | |', '|---|---|---|', ...rows];
}

/** The ends of services in the order of interest. */
const ORDER: readonly ServiceEnd[] = ['failed', 'built', 'retagged', 'notDone', 'kept'];

/** Returns plan, result and versions of each service: first what changed, then, folded, what was kept. */
function serviceLines({ services }: Plan, report: RunReport): readonly string[] {
  const ends = new Map(report.services?.map((service) => [service.name, service]));
  const rank = ({ name }: PlannedService) => ORDER.indexOf(ends.get(name)?.end ?? 'notDone');
  const changed = services.filter(({ action }) => action !== 'keep').sort((a, b) => rank(a) - rank(b));
  const kept = services.filter(({ action }) => action === 'keep');
  const rows = (some: readonly PlannedService[]) => some.map((service) => serviceRow(service, ends.get(service.name)));
  const head = ['| service | plan | result | version | why |', '|---|---|---|---|---|'];
  return [
    ...(changed.length === 0 ? [] : ['', '## Services', '', ...head, ...rows(changed)]),
    ...(kept.length === 0
      ? []
      : ['', `<details><summary>${kept.length} kept</summary>`, '', ...head, ...rows(kept), '', '</details>']),
  ];
}

function serviceRow(service: PlannedService, reported: ReportedService | undefined): string {
  const { name, action, reasons } = service;
  const shown = reasons.slice(0, REASONS_SHOWN).map((reason) => reason.text);
  const more = reasons.length - shown.length;
  const machine = service.sized === undefined ? [] : [`built on ${service.sized}`];
  const why = [...shown, ...(more > 0 ? [`and ${more} more`] : []), ...machine].join('; ');
  const end = reported?.end === 'notDone' ? 'not done' : (reported?.end ?? '');
  const tests = { passed: ', tests passed', failed: ', tests failed', notRun: ', tests not run' };
  const result = `${end}${reported?.tests === undefined ? '' : tests[reported.tests]}`;
  return `| ${escapeCell(name)} | ${action} | ${result} | ${versionCell(service, reported)} | ${escapeCell(why)} |`;
}

/** Returns the version before and the one that the run gave. Without a new one, the version stays. */
function versionCell({ previousVersion }: PlannedService, reported: ReportedService | undefined): string {
  const versions = [previousVersion, reported?.version].filter((version) => version !== undefined);
  return [...new Set(versions)].map(escapeCell).join(' → ');
}
