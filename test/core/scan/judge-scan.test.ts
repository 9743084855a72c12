/** The gate: what is open, what a waiver covers, and what no waiver can. */
import fc from 'fast-check';
import type { ScanReport, Vulnerability } from '../../../core/contract/scan/scan';
import { type Gate, judgeScan, keepScan, reaches, UNSCANNABLE } from '../../../core/scan/judge-scan';
import { isAbout, isExpired } from '../../../core/scan/waivers';
import { runs } from '../../support/property-runs';
import { type Found, found, gates, NO_COUNTS, scanned, scansOf, TODAY, vulnerabilities, waivers } from './generated';

const GATE: Gate = { from: 'ecr', severity: 'CRITICAL', waivers: [], today: TODAY, refuses: true, isWhole: true };
const WAIVER = { id: 'CVE-2026-1', reason: 'not reachable', until: '2027-01-01', by: 'alice' };
const CRITICAL: Vulnerability = { id: 'CVE-2026-1', severity: 'CRITICAL', package: 'openssl', version: '3.0.1' };

const judge = (all: Found, gate: Gate): ScanReport => judgeScan(scansOf(all, gate), gate);
const check = (property: fc.IProperty<[Found, Gate]> | fc.IProperty<never>) =>
  fc.assert(property as fc.IProperty<unknown>, { numRuns: runs(1000) });

describe('for any findings and waivers', () => {
  test('the gate is open exactly if a valid waiver is about each finding that reaches the severity', () => {
    check(
      fc.property(found, gates, (all, gate) => {
        const isOpen = Object.entries(all).some(([service, platforms]) =>
          platforms
            .flat()
            .some(
              (each) =>
                reaches(each.severity, gate.severity) &&
                !gate.waivers.some((waiver) => !isExpired(waiver, TODAY) && isAbout(waiver, service, each)),
            ),
        );
        expect(judge(all, gate).verdict).toBe(isOpen ? 'refused' : 'passed');
      }),
    );
  });

  test('one more finding never opens a closed gate, and never removes an open finding', () => {
    check(
      fc.property(found, gates, vulnerabilities, (all, gate, extra) => {
        const more = { ...all, auth: [...(all.auth ?? []), [extra]] };
        const [before, after] = [judge(all, gate), judge(more, gate)];
        if (before.verdict === 'refused') expect(after.verdict).toBe('refused');
        expect(after.open).toEqual(expect.arrayContaining([...before.open]));
      }) as never,
    );
  });

  test('a waiver hides only findings of its own id, service and package', () => {
    check(
      fc.property(found, gates, waivers, (all, gate, waiver) => {
        const without = judge(all, gate);
        const hidden = without.open.filter(
          (each) => !judge(all, { ...gate, waivers: [...gate.waivers, waiver] }).open.some((left) => same(left, each)),
        );
        expect(hidden.every((each) => isAbout(waiver, each.service, each) && !isExpired(waiver, TODAY))).toBe(true);
      }) as never,
    );
  });

  test('a lower severity of the gate never opens it', () => {
    check(
      fc.property(found, gates, (all, gate) => {
        const strict = judge(all, { ...gate, severity: 'LOW' });
        if (judge(all, gate).verdict === 'refused') expect(strict.verdict).toBe('refused');
      }),
    );
  });

  test('each finding that reaches the severity is either open or waived, and counted', () => {
    check(
      fc.property(found, gates, (all, gate) => {
        const report = judge(all, gate);
        for (const { service, open, waived } of report.images) {
          const reached = new Set(
            (all[service] ?? [])
              .flat()
              .filter(({ severity }) => reaches(severity, gate.severity))
              .map((each) => JSON.stringify(each)),
          );
          expect(open + waived).toBe(reached.size);
        }
      }),
    );
  });
});

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

test('platforms of one image count a shared finding once', () => {
  const report = judge({ auth: [[CRITICAL], [CRITICAL]] }, GATE);
  expect(report.images).toEqual([{ service: 'auth', counts: { ...NO_COUNTS, CRITICAL: 1 }, open: 1, waived: 0 }]);
});

test('an image that cannot be scanned is refused, and can be waived by name', () => {
  const scans = [{ service: 'auth', scans: [keepScan({ kind: 'unsupported', why: 'scratch' }, GATE)] }];
  const waived = judgeScan(scans, { ...GATE, waivers: [{ ...WAIVER, id: UNSCANNABLE, services: ['auth'] }] });

  expect(judgeScan(scans, GATE)).toMatchObject({ verdict: 'refused', open: [{ service: 'auth', id: UNSCANNABLE }] });
  expect(waived).toMatchObject({ verdict: 'passed', images: [{ open: 0, waived: 1, problem: 'scratch' }] });
});

test('an image that the scanner failed to scan is refused whatever is waived', () => {
  const scans = [{ service: 'auth', scans: [scanned(), { kind: 'failed', why: 'not finished' } as const] }];
  const all = { ...GATE, waivers: [{ ...WAIVER, id: UNSCANNABLE }, WAIVER] };

  expect(judgeScan(scans, all)).toMatchObject({
    verdict: 'refused',
    images: [{ isFailed: true, problem: 'not finished' }],
  });
});

test('a run that is only reported passes with the same findings', () => {
  expect(judge({ auth: [[CRITICAL]] }, { ...GATE, refuses: false })).toMatchObject({
    verdict: 'reported',
    open: [CRITICAL],
  });
});

test('an expired waiver does not count, and is named', () => {
  const expired = { ...WAIVER, until: '2026-11-29' };
  const report = judge({ auth: [[CRITICAL]] }, { ...GATE, waivers: [expired] });

  expect(report).toMatchObject({ verdict: 'refused', expired: [expired], unused: [] });
});

test('a waiver counts until the end of its day', () => {
  const today = { ...WAIVER, until: TODAY };
  expect(judge({ auth: [[CRITICAL]] }, { ...GATE, waivers: [today] }).verdict).toBe('passed');
});

test('a waiver that matches nothing is named once all its images were scanned', () => {
  const other = { ...WAIVER, id: 'CVE-2020-1' };
  const unused = (waiver: typeof WAIVER & { services?: readonly string[] }, isWhole: boolean) =>
    judge({ auth: [[CRITICAL]] }, { ...GATE, waivers: [waiver], isWhole }).unused;

  expect(unused(other, true)).toEqual([other]);
  expect(unused(other, false)).toEqual([]);
  expect(unused({ ...other, services: ['auth'] }, false)).toHaveLength(1);
  expect(unused({ ...other, services: ['auth', 'ngui'] }, true)).toEqual([]);
  expect(unused(WAIVER, true)).toEqual([]);
});

test('an unknown severity reaches no gate, and is counted', () => {
  const report = judge({ auth: [[{ ...CRITICAL, severity: 'UNKNOWN' }]] }, { ...GATE, severity: 'LOW' });
  expect(report).toMatchObject({ verdict: 'passed', images: [{ counts: { UNKNOWN: 1 } }] });
});

test('the worst finding comes first', () => {
  const high: Vulnerability = { ...CRITICAL, severity: 'HIGH', id: 'CVE-2025-1' };
  const report = judge({ auth: [[high]], ngui: [[CRITICAL]] }, { ...GATE, severity: 'HIGH' });
  expect(report.open.map(({ severity }) => severity)).toEqual(['CRITICAL', 'HIGH']);
});
