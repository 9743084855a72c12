/** All terminal output: lines, tables and the live line of a running pipeline. */

import { isModuleOutcome } from '../../core/contract/job';
import type { Plan } from '../../core/contract/plan';
import type { RunReport } from '../../core/contract/report';
import { failedImages } from '../../core/report/outcome';
import type { Progress } from '../../local/runtime/progress';

/** Where to print: a terminal gets a live line, anything else gets plain lines. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';
/** Services named in a row of a table; the report has them all. */
const NAMES_SHOWN = 12;

/** Prints one line. */
export function printLine(output: Output, text = ''): void {
  output.write(`${text}\n`);
}

/** A live display of one run. `update` may be called often; `end` clears the line. */
export interface LiveLine {
  update(progress: Progress): void;
  end(): void;
}

/** Counts something up: redrawn on a terminal, silent elsewhere, where the result says it all. */
export function countLine(output: Output, what: string): { update(done: number, total: number): void; end(): void } {
  const draw = (text: string) => output.isTTY === true && output.write(CLEAR_LINE + text);
  return { update: (done, total) => draw(`  ${done}/${total} ${what}`), end: () => draw('') };
}

/** On a terminal one line that is redrawn; elsewhere a line for each new phase and each tenth part of the builds. */
export function liveLine(output: Output): LiveLine {
  let lastPhase = '';
  let lastTenth = 0;
  return {
    update: (progress) => {
      if (output.isTTY === true) {
        output.write(CLEAR_LINE + progressText(progress).slice(0, (output.columns ?? 80) - 1));
        return;
      }
      const tenth = progress.total === 0 ? 0 : Math.floor((progress.done / progress.total) * 10);
      if (tenth > lastTenth) printLine(output, `  built ${progress.done} of ${progress.total}`);
      else if (progress.phase !== lastPhase) printLine(output, `  ${progress.phase}`);
      lastPhase = progress.phase;
      lastTenth = Math.max(lastTenth, tenth);
    },
    end: () => {
      if (output.isTTY === true) output.write(CLEAR_LINE);
    },
  };
}

function progressText({ phase, total, done, failed, running }: Progress): string {
  if (total === 0 || running.length === 0) return `  ${phase} ...`;
  const width = 20;
  const filled = Math.round((done / total) * width);
  const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
  const failures = failed.length > 0 ? `, ${failed.length} failed` : '';
  return `  [${bar}] ${done}/${total}${failures}  ${running.join(' ')}`;
}

/** A table with aligned columns; numbers to the right. */
export function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const isNumber = headers.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const print = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [print(headers), print(widths.map((width) => '-'.repeat(width))), ...cells.map(print)].join('\n');
}

/** One table per run: a row for each stage with what was built, retagged and kept there. */
export function runTable(plan: Plan, report: RunReport): string {
  const failed = new Set(report.failed.map((outcome) => outcome.service));
  const stages = [...new Set(plan.services.map((service) => service.stage))];
  const rows = stages.map((stage) => {
    const here = plan.services.filter((service) => service.stage === stage);
    const built = here.filter((service) => service.action === 'build');
    const count = (action: string) => here.filter((service) => service.action === action).length;
    const failures = built.filter((service) => failed.has(service.name)).length;
    return [stage, built.length - failures, count('retag'), count('keep'), failures, nameSome(built, failed)];
  });
  const images = table(['stage', 'built', 'retagged', 'kept', 'failed', 'builds'], rows);
  return [images, ...packagesLine(report, [...failed].filter(isModuleOutcome))].join('\n');
}

function packagesLine({ packages }: RunReport, failed: readonly string[]): readonly string[] {
  if (packages === undefined) return [];
  const published = packages.filter(({ isNew }) => isNew);
  const names = nameSome(
    published.map((each) => ({ name: each.package })),
    new Set(),
  );
  const failures = failed.length === 0 ? '' : `, failed: ${failed.join(' ')}`;
  return [
    `modules: ${published.length} published${names === '' ? '' : ` (${names})`}, ${packages.length - published.length} kept${failures}`,
  ];
}

function nameSome(services: readonly { readonly name: string }[], failed: ReadonlySet<string>): string {
  const first = [...services].sort((a, b) => Number(failed.has(b.name)) - Number(failed.has(a.name)));
  const names = first.slice(0, NAMES_SHOWN).map(({ name }) => (failed.has(name) ? `${name} (failed)` : name));
  const more = services.length - names.length;
  return names.join(' ') + (more > 0 ? ` and ${more} more` : '');
}

/** One row per run, for the end of a demonstration. */
export function runsTable(reports: readonly RunReport[]): string {
  const rows = reports.map((report) => [
    [report.action, report.version].filter((part) => part !== undefined).join(' '),
    report.ref ?? '',
    report.status.toLowerCase(),
    report.totals.build - failedImages(report),
    report.totals.retag,
    report.totals.keep,
    failedImages(report),
    `${report.seconds.toFixed(1)} s`,
    report.commit?.slice(0, 8) ?? 'none',
  ]);
  return table(['run', 'branch', 'status', 'built', 'retagged', 'kept', 'failed', 'time', 'commit'], rows);
}

/** Prints what went wrong: the error's name and its message, as it was written for people. */
export function printError(output: Output, error: { readonly name: string; readonly message: string }): void {
  printLine(output, `${error.name}: ${error.message}`);
}
