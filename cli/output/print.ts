/**
 * All output of the command line goes through here: lines, JSON, tables and the live line of a run. Nothing from outside can control
 * the terminal.
 */
import { isModuleOutcome } from '../../core/contract/job';
import type { RunReport, ServiceEnd } from '../../core/contract/report';
import { printable, printableJson, printableLines } from '../../core/text/escape';
import { redact } from '../../core/text/redact';
import { type Progress, progressText } from '../../local/runtime/progress';

/** Where to print. A terminal gets a live line, anything else gets plain lines. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';
/** Services named in a row of a table; the report has them all. */
const NAMES_SHOWN = 12;

/** Prints a text and a line end. */
export function printLine(output: Output, text = ''): void {
  output.write(`${printableLines(text)}\n`);
}

/** Prints JSON, indented by two spaces unless said otherwise. */
export function printJson(output: Output, value: unknown, indent = 2): void {
  output.write(`${printableJson(value, indent)}\n`);
}

/** Prints the content of a file: byte for byte into a pipe or a file, as harmless text on a terminal. */
export function printFile(output: Output, content: string): void {
  output.write(output.isTTY === true ? printableLines(content) : content);
}

/** Prints the name and message of an error, without credentials in URLs: git and libraries repeat what they were given. */
export function printError(output: Output, error: { readonly name: string; readonly message: string }): void {
  printLine(output, `${error.name}: ${redact(error.message)}`);
}

/** A live display of one run. `update` may be called often; `end` clears the line. */
export interface LiveLine {
  update(progress: Progress): void;
  end(): void;
}

/** Returns a counter: redrawn on a terminal, silent elsewhere, where the result is enough. */
export function countLine(output: Output, what: string): { update(done: number, total: number): void; end(): void } {
  const draw = (text: string) => output.isTTY === true && output.write(CLEAR_LINE + printable(text));
  return { update: (done, total) => draw(`  ${done}/${total} ${what}`), end: () => draw('') };
}

/** Returns one line that is redrawn on a terminal; elsewhere a line for each new phase and each tenth part of the builds. */
export function liveLine(output: Output): LiveLine {
  let lastPhase = '';
  let lastTenth = 0;
  return {
    update: (progress) => {
      if (output.isTTY === true) {
        output.write(CLEAR_LINE + printable(barText(progress)).slice(0, (output.columns ?? 80) - 1));
        return;
      }
      const tenth = progress.total === 0 ? 0 : Math.floor((endedJobs(progress) / progress.total) * 10);
      if (tenth > lastTenth) printLine(output, printable(`  ${progressText(progress)}`));
      else if (progress.phase !== lastPhase) printLine(output, printable(`  ${progress.phase}`));
      lastPhase = progress.phase;
      lastTenth = Math.max(lastTenth, tenth);
    },
    end: () => {
      if (output.isTTY === true) output.write(CLEAR_LINE);
    },
  };
}

function barText(progress: Progress): string {
  const { phase, total, running } = progress;
  if (total === 0 || running.length === 0) return `  ${phase} ...`;
  const width = 20;
  const filled = Math.round((endedJobs(progress) / total) * width);
  const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
  return `  [${bar}] ${progressText(progress)}  ${running.join(' ')}`;
}

function endedJobs({ built, failed }: Progress): number {
  return built + failed.length;
}

/** Returns a table with aligned columns, numbers to the right. */
export function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
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

/** Returns the table of one run: a row for each stage, with what happened there or, in a dry run, what was planned. */
export function runTable(report: RunReport): string {
  const { services = [] } = report;
  const failed = new Set(report.failed.map((outcome) => outcome.service));
  const columns =
    report.dryRun === true
      ? (['build', 'retag', 'keep'] as const).map((action) => ({
          header: `to ${action}`,
          has: (service: (typeof services)[number]) => service.action === action,
        }))
      : END_COLUMNS.map(({ header, end }) => ({
          header,
          has: (service: (typeof services)[number]) => service.end === end,
        }));
  const rows = [...new Set(services.map(({ stage }) => stage))].map((stage) => {
    const here = services.filter((service) => service.stage === stage);
    const builds = here.filter(({ action }) => action === 'build');
    return [stage, ...columns.map(({ has }) => here.filter(has).length), nameSome(builds, failed)];
  });
  const images = table(['stage', ...columns.map(({ header }) => header), 'builds'], rows);
  return [images, ...packagesLine(report, [...failed].filter(isModuleOutcome)).map(printable)].join('\n');
}

const END_COLUMNS: readonly { readonly header: string; readonly end: ServiceEnd }[] = [
  { header: 'built', end: 'built' },
  { header: 'retagged', end: 'retagged' },
  { header: 'kept', end: 'kept' },
  { header: 'failed', end: 'failed' },
  { header: 'not done', end: 'notDone' },
];

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

/** Returns the table of several runs, for the end of a demonstration. */
export function runsTable(reports: readonly RunReport[]): string {
  const rows = reports.map((report) => [
    [report.action, report.version].filter((part) => part !== undefined).join(' '),
    report.ref ?? '',
    report.status.toLowerCase(),
    ...END_COLUMNS.map(({ end }) => report.counts[end]),
    `${report.seconds.toFixed(1)} s`,
    report.commit?.slice(0, 8) ?? 'none',
  ]);
  const counts = END_COLUMNS.map(({ header }) => header);
  return table(['run', 'branch', 'status', ...counts, 'time', 'commit'], rows);
}
