/** The words about findings: the error with its cures, and the lines that are printed. */
import type { Vulnerability } from '../../../core/contract/scan/scan';
import { type Gate, judgeScan, keepScan, type ServiceScans } from '../../../core/scan/judge-scan';
import { scanLines } from '../../../core/scan/scan-lines';
import { countsText, refusedScan, verdictText } from '../../../core/scan/scan-text';
import { parseWaivers } from '../../../core/scan/waivers';
import { NO_COUNTS, scanned, TODAY } from './generated';

const FILE = { waivers: 'image-waivers.yaml', until: '2026-12-30' };
const GATE: Gate = { from: 'trivy', severity: 'HIGH', waivers: [], today: TODAY, refuses: true, isWhole: true };
const openssl: Vulnerability = {
  id: 'CVE-2026-1001',
  severity: 'CRITICAL',
  package: 'openssl',
  version: '3.0.1',
  fixedIn: '3.0.2',
};
const zlib: Vulnerability = { id: 'CVE-2026-1002', severity: 'HIGH', package: 'zlib', version: '1.2' };

const both: readonly ServiceScans[] = [
  { service: 'auth', scans: [scanned(openssl, zlib)] },
  { service: 'ngui', scans: [scanned(openssl)] },
  { service: 'restapi', scans: [scanned()] },
];

const messageOf = (scans: readonly ServiceScans[], gate: Gate = GATE) =>
  refusedScan(judgeScan(scans, gate), FILE)?.message ?? '';

test('the error names all images and findings, their fixes, and waivers to copy', () => {
  expect(
    messageOf(both),
  ).toBe(`3 findings of HIGH or worse in 2 of 3 images; no version was given and no values file was changed:
  auth: CVE-2026-1001 (CRITICAL) in openssl 3.0.1, fixed in 3.0.2
  ngui: CVE-2026-1001 (CRITICAL) in openssl 3.0.1, fixed in 3.0.2
  auth: CVE-2026-1002 (HIGH) in zlib 1.2, no fix is known
Update what has a fix, or add a waiver below "waivers:" in image-waivers.yaml and commit it:
  - { id: CVE-2026-1001, services: ["auth","ngui"], package: "openssl", reason: "...", until: 2026-12-30, by: "..." }
  - { id: CVE-2026-1002, services: ["auth"], package: "zlib", reason: "...", until: 2026-12-30, by: "..." }
Images that were built are found and not built twice.`);
});

test('the waivers that the error proposes open the gate', () => {
  const proposed = messageOf(both)
    .split('\n')
    .filter((line) => line.startsWith('  - {'));
  const waivers = parseWaivers(`waivers:\n${proposed.join('\n')}\n`, 'w', Date.parse(`${TODAY}T00:00:00Z`));

  expect(refusedScan(judgeScan(both, { ...GATE, waivers }), FILE)).toBeUndefined();
});

test('an expired waiver is named beside the finding that it does not cover any more', () => {
  const waivers = [{ id: openssl.id, reason: 'x', until: '2026-11-01', by: 'alice' }];
  expect(messageOf(both, { ...GATE, waivers })).toContain(
    'the waiver for CVE-2026-1001 by alice ended on 2026-11-01 and no longer counts',
  );
});

test('an image that was not scanned has its reason, and no waiver is proposed', () => {
  const message = messageOf([{ service: 'auth', scans: [{ kind: 'failed', why: 'not finished in 30 minutes' }] }]);

  expect(message).toContain('  auth: not scanned: not finished in 30 minutes');
  expect(message).toContain('cannot be waived: start the same run again');
  expect(message).not.toContain('- {');
});

test('an image that cannot be scanned has the scanner’s reason and a waiver to copy', () => {
  const scan = keepScan({ kind: 'unsupported', why: 'ECR says UNSUPPORTED_IMAGE' }, GATE);
  const message = messageOf([{ service: 'auth', scans: [scan] }]);

  expect(message).toContain('auth: UNSCANNABLE: the scanner cannot scan this image: ECR says UNSUPPORTED_IMAGE');
  expect(message).toContain('- { id: UNSCANNABLE, services: ["auth"], reason: "..."');
});

test('the error of very many findings fits into a state, and counts those that it leaves out', () => {
  const long = 'x'.repeat(5000);
  const many = Array.from({ length: 5000 }, (_, index) => ({
    ...zlib,
    id: `CVE-2026-${index}`,
    package: long,
    version: long,
  }));
  const message = messageOf([{ service: 'auth', scans: [scanned(...many)] }]);

  expect(message.length).toBeLessThan(32_768);
  expect(message).toContain('and 4950 more, which the report has');
});

test('a run that passes has no error', () => {
  expect(refusedScan(judgeScan(both, { ...GATE, refuses: false }), FILE)).toBeUndefined();
  expect(refusedScan(judgeScan([{ service: 'auth', scans: [scanned()] }], GATE), FILE)).toBeUndefined();
});

test('one line has the numbers of a scan', () => {
  const waivers = [{ id: openssl.id, reason: 'x', until: '2027-11-01', by: 'alice' }];
  const failed = { service: 'etcd', scans: [{ kind: 'failed', why: 'x' } as const] };

  expect(verdictText(judgeScan(both, { ...GATE, waivers }))).toBe(
    '1 finding of HIGH or worse in 1 of 3 images, 2 waived',
  );
  expect(verdictText(judgeScan([failed], { ...GATE, severity: 'CRITICAL' }))).toBe(
    'nothing of CRITICAL in 1 images, 1 not scanned',
  );
  expect(countsText({ ...NO_COUNTS, CRITICAL: 2, LOW: 1 })).toBe('2 critical, 1 low');
});

test('the section of the summary has images, findings, waivers and their ends, and obeys no text of a package', () => {
  const hostile = { ...openssl, package: '<img src=x>|`' };
  const waivers = [
    { id: zlib.id, reason: 'x', until: '2027-11-01', by: 'alice' },
    { id: 'CVE-2020-1', reason: 'x', until: '2027-11-01', by: 'bob' },
    { id: openssl.id, reason: 'x', until: '2026-11-01', by: 'carol' },
  ];
  const text = scanLines(judgeScan([{ service: 'auth', scans: [scanned(hostile, zlib)] }], { ...GATE, waivers })).join(
    '\n',
  );

  expect(text).toContain('## Findings');
  expect(text).toMatch(/\| auth \| 1 critical, 1 high \| 1 \| 1 \|/);
  expect(text).toMatch(/CVE-2026-1002.*\| 2027-11-01 \| alice \|/);
  expect(text).toContain('expired on 2026-11-01: waiver for CVE-2026-1001 by carol');
  expect(text).toContain('matches nothing, remove it: waiver for CVE-2020-1 by bob');
  expect(text).not.toMatch(/(^|[^\\])<img/);
});
