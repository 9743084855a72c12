/** Generated findings, waivers and gates, small enough that they often meet. */
import fc from 'fast-check';
import {
  GATE_SEVERITIES,
  type KeptScan,
  SEVERITIES,
  type SeverityCounts,
  type Vulnerability,
  type Waiver,
} from '../../../core/contract/scan/scan';
import { type Gate, keepScan, type ServiceScans } from '../../../core/scan/judge-scan';

export const TODAY = '2026-11-30';

const ids = fc.constantFrom('CVE-2026-1', 'CVE-2026-2', 'GHSA-aaaa');
const packages = fc.constantFrom('openssl', 'zlib');
const services = fc.constantFrom('auth', 'ngui', 'restapi');

export const vulnerabilities: fc.Arbitrary<Vulnerability> = fc.record({
  id: ids,
  severity: fc.constantFrom(...SEVERITIES),
  package: packages,
});

export const waivers: fc.Arbitrary<Waiver> = fc.record(
  {
    id: ids,
    services: fc.uniqueArray(services, { minLength: 1, maxLength: 2 }),
    package: packages,
    reason: fc.constant('not reachable'),
    until: fc.constantFrom('2026-11-29', TODAY, '2027-01-01'),
    by: fc.constant('alice'),
  },
  { requiredKeys: ['id', 'reason', 'until', 'by'] },
);

export const gates: fc.Arbitrary<Gate> = fc.record({
  from: fc.constantFrom('ecr', 'trivy'),
  severity: fc.constantFrom(...GATE_SEVERITIES),
  waivers: fc.array(waivers, { maxLength: 4 }),
  today: fc.constant(TODAY),
  refuses: fc.constant(true),
  isWhole: fc.boolean(),
});

/** What is found in each service, by platform. */
export const found = fc.dictionary(
  services,
  fc.array(fc.array(vulnerabilities, { maxLength: 5 }), { minLength: 1, maxLength: 2 }),
);

export type Found = Readonly<Record<string, readonly (readonly Vulnerability[])[]>>;

/** Returns the scans as the step keeps them. */
export function scansOf(all: Found, gate: Gate): readonly ServiceScans[] {
  return Object.entries(all).map(([service, platforms]) => ({
    service,
    scans: platforms.map((each) => keepScan({ kind: 'scanned', vulnerabilities: each }, gate)),
  }));
}

export function scanned(...list: readonly Vulnerability[]): KeptScan {
  return keepScan({ kind: 'scanned', vulnerabilities: list }, { severity: 'LOW', waivers: [] });
}

export const NO_COUNTS = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as SeverityCounts;
