/** The section of a run's summary about findings, as Markdown: images, what is open, what is waived, and waivers to look at. */
import type { ScanReport, Waiver } from '../contract/scan/scan';
import { escapeCell } from '../text/escape';
import { countsText, verdictText, vulnerabilityText } from './scan-text';

/** Rows of each list. The report has more. */
const MAX_ROWS = 100;

/** Returns the section, with the image that has most open findings first. */
export function scanLines(report: ScanReport): readonly string[] {
  const { images, open, waived, expired, unused } = report;
  const sorted = images.toSorted((a, b) => b.open - a.open || b.waived - a.waived);
  return [
    '',
    '## Findings',
    '',
    escapeCell(`${verdictText(report)}${report.verdict === 'reported' ? '; a promotion is not stopped by them' : ''}`),
    ...table(
      ['image of', 'found', 'open', 'waived', ''],
      sorted.map((image) => [
        image.service,
        countsText(image.counts),
        String(image.open),
        String(image.waived),
        image.problem ?? '',
      ]),
    ),
    ...table(
      ['open', ''],
      open.map((each) => [each.service, vulnerabilityText(each)]),
    ),
    ...table(
      ['waived', '', 'until', 'by'],
      waived.map((each) => [each.service, vulnerabilityText(each), each.until, each.by]),
    ),
    ...expired.map((waiver) => `- expired on ${waiver.until}: ${waiverText(waiver)}`),
    ...unused.map((waiver) => `- matches nothing, remove it: ${waiverText(waiver)}`),
  ];
}

function waiverText({ id, services, package: name, by }: Waiver): string {
  const about = [
    ...(name === undefined ? [] : [`in ${name}`]),
    ...(services === undefined ? [] : [`of ${services.join(', ')}`]),
  ];
  return escapeCell(['waiver for', id, ...about, 'by', by].join(' '));
}

/** Returns the table and a line for the rows that are left out; nothing without rows. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length - MAX_ROWS;
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [
    '',
    line(heads),
    `|${'---|'.repeat(heads.length)}`,
    ...rows.slice(0, MAX_ROWS).map(line),
    ...(more > 0 ? ['', `and ${more} more, which the report has`] : []),
    '',
  ];
}
