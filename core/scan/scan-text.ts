/** The words for findings: the error of a run that the gate refused, and the lines that summary, notice and terminal share. */
import { ERROR_NAMES, PipelineError } from '../contract/errors';
import { type ScanReport, SEVERITIES, type ServiceVulnerability, type SeverityCounts } from '../contract/scan/scan';
import { UNSCANNABLE } from './judge-scan';

/** Findings that the error lists. Step Functions keeps 32,768 characters of an error. */
const MAX_SHOWN = 50;
/** Lines of the waivers file that the error proposes. */
const MAX_PROPOSED = 5;
/** The longest of these lines, enough for a hundred services. */
const LONGEST_PROPOSAL = 3000;
/** The longest name of a package or version in a text. */
const LONGEST_NAME = 80;

/** Returns the error of a refused run, with all that is open and the cures, or undefined if it may go on. `until` is the day that proposed waivers name. */
export function refusedScan(
  report: ScanReport,
  { waivers, until }: { readonly waivers: string; readonly until: string },
): PipelineError | undefined {
  if (report.verdict !== 'refused') return undefined;
  const failed = report.images.filter(({ isFailed }) => isFailed === true);
  const lines = [
    ...report.open.map((each) => `  ${each.service}: ${vulnerabilityText(each, problemOf(report, each))}`),
    ...failed.map(({ service, problem }) => `  ${service}: not scanned: ${problem}`),
  ];
  const more = openCount(report) + failed.length - Math.min(lines.length, MAX_SHOWN);
  const message = [
    `${verdictText(report)}; no version was given and no values file was changed:`,
    ...lines.slice(0, MAX_SHOWN),
    ...(more > 0 ? [`  and ${more} more, which the report has`] : []),
    ...report.expired.map(
      (waiver) => `  the waiver for ${waiver.id} by ${waiver.by} ended on ${waiver.until} and no longer counts`,
    ),
    ...cures(report, failed.length > 0, waivers, until),
  ];
  return new PipelineError(ERROR_NAMES.findings, message.join('\n'));
}

function cures({ open }: ScanReport, isUnscanned: boolean, waivers: string, until: string): readonly string[] {
  const proposed = new Map<string, ServiceVulnerability[]>();
  for (const each of open) {
    const key = `${each.id} ${each.package}`;
    proposed.set(key, [...(proposed.get(key) ?? []), each]);
  }
  const lines = [...proposed.values()].map((found) => proposedWaiver(found, until)).filter(isShort);
  return [
    ...(open.length === 0
      ? []
      : [`Update what has a fix, or add a waiver below "waivers:" in ${waivers} and commit it:`]),
    ...lines.slice(0, MAX_PROPOSED).map((line) => `  ${line}`),
    ...(isUnscanned ? ['An image that was not scanned cannot be waived: start the same run again.'] : []),
    'Images that were built are found and not built twice.',
  ];
}

/** A line that is cut would be another waiver. */
function isShort(line: string): boolean {
  return line.length <= LONGEST_PROPOSAL;
}

/** Returns a line of the waivers file for findings of one id and package. JSON is YAML, so that other characters are quoted. */
function proposedWaiver(found: readonly ServiceVulnerability[], until: string): string {
  const [{ id, package: name } = { id: '', package: '' }] = found;
  const services = JSON.stringify([...new Set(found.map(({ service }) => service))]);
  const about = name === '' ? '' : `, package: ${JSON.stringify(name)}`;
  return `- { id: ${id}, services: ${services}${about}, reason: "...", until: ${until}, by: "..." }`;
}

/** Returns the numbers of a scan in one line: `scan: 3 findings of CRITICAL or worse in 2 of 7 images, 1 waived`. */
export function verdictText(report: ScanReport): string {
  const { images, severity } = report;
  const open = openCount(report);
  const waived = images.reduce((sum, image) => sum + image.waived, 0);
  const hit = images.filter((image) => image.open > 0).length;
  const failed = images.filter(({ isFailed }) => isFailed === true).length;
  const level = severity === 'CRITICAL' ? severity : `${severity} or worse`;
  const found =
    open === 0
      ? `nothing of ${level} in ${images.length} images`
      : `${open} ${open === 1 ? 'finding' : 'findings'} of ${level} in ${hit} of ${images.length} images`;
  return [
    found,
    ...(waived === 0 ? [] : [`${waived} waived`]),
    ...(failed === 0 ? [] : [`${failed} not scanned`]),
  ].join(', ');
}

function openCount({ images }: ScanReport): number {
  return images.reduce((sum, image) => sum + image.open, 0);
}

/** Returns `CVE-2026-1234 (CRITICAL) in openssl 3.0.1, fixed in 3.0.2`. */
export function vulnerabilityText(
  { id, severity, package: name, version, fixedIn }: Omit<ServiceVulnerability, 'service'>,
  problem = '',
): string {
  if (id === UNSCANNABLE) return `${id}: the scanner cannot scan this image${problem === '' ? '' : `: ${problem}`}`;
  const installed = [name, version]
    .filter((part) => part !== undefined)
    .map(clip)
    .join(' ');
  const fix = fixedIn === undefined ? 'no fix is known' : `fixed in ${clip(fixedIn)}`;
  return `${id} (${severity}) in ${installed}, ${fix}`;
}

function problemOf({ images }: ScanReport, { service }: ServiceVulnerability): string | undefined {
  return images.find((image) => image.service === service)?.problem;
}

function clip(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME - 3)}...`;
}

/** Returns `2 critical, 14 high`, or `none`, for people. */
export function countsText(counts: SeverityCounts): string {
  const known = SEVERITIES.filter((severity) => counts[severity] > 0);
  return known.length === 0
    ? 'none'
    : known.map((severity) => `${counts[severity]} ${severity.toLowerCase()}`).join(', ');
}
