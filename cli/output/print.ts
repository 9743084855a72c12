/** All output of the command line goes through here: lines, JSON and tables. Nothing from outside can control the terminal. */
import { styleText } from 'node:util';
import { isModuleOutcome } from '../../core/contract/job';
import type { RunReport, ServiceEnd } from '../../core/contract/report';
import { printable, printableJson, printableLines, someOf } from '../../core/text/escape';
import { redact } from '../../core/text/redact';

/**
 * A place to print to. A terminal gets colours and a live display, anything else gets plain lines. `quiet` prints only results and errors,
 * `verbose` also each job of a run.
 */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly level?: 'quiet' | 'verbose' | undefined;
}

type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

/** Colours a text that is printable already. */
export type Paint = (style: Style, text: string) => string;

/** Returns how to colour: not at all if `NO_COLOR` is set, always if `FORCE_COLOR` is, otherwise on a terminal (https://no-color.org). */
export function paintFor({ isTTY }: Output, { NO_COLOR, FORCE_COLOR, TERM } = process.env): Paint {
  const isForced = FORCE_COLOR !== undefined && !['0', 'false'].includes(FORCE_COLOR);
  const isWanted = FORCE_COLOR === undefined ? isTTY === true && TERM !== 'dumb' : isForced;
  if (!isWanted || (NO_COLOR !== undefined && NO_COLOR !== '')) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

const CLEAR_LINE = '\r\u001b[2K';
/** Services named in a row of a table; the report has them all. */
const NAMES_SHOWN = 12;

/** Prints a text and a line end, in a colour if one is named. The head of a table is bold. */
export function printLine(output: Output, text = '', style?: Style): void {
  if (output.level === 'quiet') return;
  const paint = paintFor(output);
  const lines = printableLines(text).split('\n');
  const painted = lines.map((line, at) => {
    if (style !== undefined) return paint(style, line);
    if (TABLE_RULE.test(line)) return paint('dim', line);
    return TABLE_RULE.test(lines[at + 1] ?? '') ? paint('bold', line) : line;
  });
  output.write(`${painted.join('\n')}\n`);
}

/** The second line of a table. */
const TABLE_RULE = /^-{2,}(?: {2}-+)+$/;

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
  output.write(`${paintFor(output)('red', printable(error.name))}: ${printableLines(redact(error.message))}\n`);
}

/** Returns a counter: redrawn on a terminal, silent elsewhere, where the result is enough. */
export function countLine(output: Output, what: string): { update(done: number, total: number): void; end(): void } {
  const draw = (text: string) => output.isTTY === true && output.write(CLEAR_LINE + printable(text));
  return { update: (done, total) => draw(`  ${done}/${total} ${what}`), end: () => draw('') };
}

/** The last column keeps at least this width; a terminal that is narrower breaks its lines by itself. */
const LEAST_LAST_COLUMN = 20;
/** The rule below a last column of texts. */
const LONGEST_RULE = 40;

/** Returns a table with aligned columns, numbers to the right. Long texts of the last column are wrapped to the width. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const isNumber = headers.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const last = headers.length - 1;
  const indent = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  const room = Math.max(LEAST_LAST_COLUMN, width - indent);
  const print = (row: readonly string[]) => {
    const [first = '', ...more] = wrapped(row[last] ?? '', room);
    const line = [...row.slice(0, last), first]
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
    return [line, ...more.map((part) => ' '.repeat(indent) + part)].join('\n');
  };
  const rules = widths.map((each, column) => '-'.repeat(column === last ? Math.min(each, room, LONGEST_RULE) : each));
  return [print(headers), rules.join('  '), ...cells.map(print)].join('\n');
}

/** Breaks a text at spaces, and a longer word anywhere. */
function wrapped(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  return [...text.matchAll(new RegExp(`(.{1,${width}})(?:\\s+|$)|.{${width}}`, 'g'))].map(([all, line]) => line ?? all);
}

/** Returns the table of one run: a row for each stage, with what happened there or, in a dry run, what was planned. */
export function runTable(report: RunReport): string {
  const { services = [] } = report;
  const failed = new Set(report.failed.map((outcome) => outcome.service));
  const isPlan = report.dryRun === true;
  const columns = isPlan ? ACTION_COLUMNS : END_COLUMNS;
  const rows = [...new Set(services.map(({ stage }) => stage))].map((stage) => {
    const here = services.filter((service) => service.stage === stage);
    const builds = here.filter(({ action }) => action === 'build');
    const values = here.map(({ action, end }) => (isPlan ? action : end));
    const counts = columns.map(({ value }) => values.filter((each) => each === value).length);
    return [stage, ...counts, nameSome(builds, failed)];
  });
  const images = table(['stage', ...columns.map(({ header }) => header), 'builds'], rows);
  return [images, ...packagesLine(report, [...failed].filter(isModuleOutcome)).map(printable)].join('\n');
}

const ACTION_COLUMNS = (['build', 'retag', 'keep'] as const).map((value) => ({ header: `to ${value}`, value }));

const END_COLUMNS: readonly { readonly header: string; readonly value: ServiceEnd }[] = [
  { header: 'built', value: 'built' },
  { header: 'retagged', value: 'retagged' },
  { header: 'kept', value: 'kept' },
  { header: 'failed', value: 'failed' },
  { header: 'not done', value: 'notDone' },
];

function packagesLine({ packages }: RunReport, failed: readonly string[]): readonly string[] {
  if (packages === undefined) return [];
  const published = packages.filter(({ isNew }) => isNew).map((each) => each.package);
  const names = someOf(published, NAMES_SHOWN, ' ');
  const failures = failed.length === 0 ? '' : `, failed: ${failed.join(' ')}`;
  return [
    `modules: ${published.length} published${names === '' ? '' : ` (${names})`}, ${packages.length - published.length} kept${failures}`,
  ];
}

function nameSome(services: readonly { readonly name: string }[], failed: ReadonlySet<string>): string {
  const first = [...services].sort((a, b) => Number(failed.has(b.name)) - Number(failed.has(a.name)));
  const names = first.map(({ name }) => (failed.has(name) ? `${name} (failed)` : name));
  return someOf(names, NAMES_SHOWN, ' ');
}

/** Returns the table of several runs, for the end of a demonstration. */
export function runsTable(reports: readonly RunReport[]): string {
  const rows = reports.map((report) => [
    [report.action, report.version].filter((part) => part !== undefined).join(' '),
    report.ref ?? '',
    report.status.toLowerCase(),
    ...END_COLUMNS.map(({ value }) => report.counts[value]),
    `${report.seconds.toFixed(1)} s`,
    report.commit?.slice(0, 8) ?? 'none',
  ]);
  const counts = END_COLUMNS.map(({ header }) => header);
  return table(['run', 'branch', 'status', ...counts, 'time', 'commit'], rows);
}
