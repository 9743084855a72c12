/** A scan in every medium: summary, notice, page, and the records that a page reads. */
import { runFile } from '../../../core/board/pages/run';
import { runView } from '../../../core/board/run-view';
import { readRunRecords } from '../../../core/board/stored-records';
import type { Vulnerability } from '../../../core/contract/scan/scan';
import { noticeMessage } from '../../../core/report/notice';
import { printSummary } from '../../../core/report/summary';
import { judgeScan } from '../../../core/scan/judge-scan';
import { reportOf } from '../../support/pipeline/runs';
import { scanned, TODAY } from './generated';

const openssl: Vulnerability = {
  id: 'CVE-2026-1001',
  severity: 'CRITICAL',
  package: '<b>openssl</b>',
  version: '3.0.1',
};
const waivers = [{ id: 'CVE-2020-1', reason: 'x', until: '2027-01-01', by: 'bob' }];
const scan = judgeScan(
  [
    { service: 'auth', scans: [scanned(openssl)] },
    { service: 'ngui', scans: [scanned()] },
  ],
  { from: 'ecr', severity: 'CRITICAL', waivers, today: TODAY, refuses: true, isWhole: true },
);
const HEADING = '<h2 id="findings">';
const error = { name: 'FindingsRefused', message: '1 finding' };
const report = reportOf({ status: 'FAILED', scan, error });
const page = (stored: object) =>
  runFile(runView(readRunRecords('run-1', { report: JSON.stringify(stored) }), { now: 0 }), 0);

test('the summary has the section', () => {
  const text = printSummary(report, undefined);
  expect(text).toContain('was stopped by findings in its images');
  expect(text).toContain('## Findings');
});

test('the notice has the numbers in one line', () => {
  const { lines } = noticeMessage({ kind: 'run', run: 'run-1', status: 'FAILED', link: 'https://x.example' }, report);
  expect(lines).toContain('scan: 1 finding of CRITICAL in 1 of 2 images');
});

test('the page has images, findings and waivers, and shows names of packages as text', () => {
  const html = page(report);
  expect(html).toContain(HEADING);
  expect(html).toContain('CVE-2026-1001 (CRITICAL) in &lt;b&gt;openssl&lt;/b&gt; 3.0.1, no fix is known');
  expect(html).toContain('The waiver for CVE-2020-1 by bob matches nothing');
  expect(html).not.toContain('<b>openssl');
});

test('a run without a scan has no section, and a damaged one does not hide the run', () => {
  expect(page(reportOf({}))).not.toContain(HEADING);
  const damaged = page({ ...report, scan: { ...scan, images: 'none', open: [{ id: 1 }, 'x'], counts: null } });
  expect(damaged).toContain('run-1');
  expect(page({ ...report, scan: { from: 'unknown' } })).not.toContain(HEADING);
});
