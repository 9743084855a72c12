/** The gate: which vulnerabilities keep the images of a run from their versions. */
import {
  type GateSeverity,
  type ImageScan,
  type KeptScan,
  type ScannedService,
  type ScannerName,
  type ScanReport,
  SEVERITIES,
  type ServiceVulnerability,
  type Severity,
  type SeverityCounts,
  type Vulnerability,
  type WaivedVulnerability,
  type Waiver,
} from '../contract/scan/scan';
import { isAbout, isExpired } from './waivers';

/** Findings that a report lists. */
export const MAX_REPORTED = 200;

/** The id of the finding that an image cannot be scanned at all. It reaches every severity, and can be waived like any other. */
export const UNSCANNABLE = 'UNSCANNABLE';

/** The images of one service: one for each platform. */
export interface ServiceScans {
  readonly service: string;
  readonly scans: readonly KeptScan[];
}

export interface Gate {
  readonly from: ScannerName;
  readonly severity: GateSeverity;
  readonly waivers: readonly Waiver[];
  /** The day in UTC: `2026-11-23`. */
  readonly today: string;
  /** False for a run that is reported and passes. */
  readonly refuses: boolean;
  /** True if the run gives every service of the catalog a version. Only then a waiver for all services can be found unused. */
  readonly isWhole: boolean;
}

/** Returns true if the severity is that of the gate or worse. An unknown one is not: the report counts it. */
export function reaches(severity: Severity, gate: GateSeverity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(gate);
}

/** Returns what is kept of a scan that ended: counts of all, and what the gate or a waiver is about. */
export function keepScan(
  scan: Exclude<ImageScan, { readonly kind: 'pending' }>,
  { severity, waivers }: Pick<Gate, 'severity' | 'waivers'>,
): KeptScan {
  if (scan.kind !== 'scanned') return { kind: scan.kind as 'unsupported' | 'failed', why: scan.why };
  const waived = new Set(waivers.map(({ id }) => id.toUpperCase()));
  const all = once(scan.vulnerabilities);
  return {
    kind: 'scanned',
    counts: countSeverities(all),
    vulnerabilities: all.filter((each) => reaches(each.severity, severity) || waived.has(each.id.toUpperCase())),
  };
}

/**
 * Judges the images of a run. A finding that reaches the severity is open, unless a waiver that is not expired is about it. An image that the
 * scanner failed to scan keeps the run from its versions, and no waiver helps: nothing is known of it.
 */
export function judgeScan(images: readonly ServiceScans[], gate: Gate): ScanReport {
  const judged = images.map((each) => judgeService(each, gate));
  const open = judged.flatMap((each) => each.open);
  const waived = judged.flatMap((each) => each.waived);
  const isOpen = open.length > 0 || judged.some(({ service }) => service.isFailed === true);
  const found = judged.flatMap(({ service, found: all }) => all.map((each) => ({ service: service.service, each })));
  const matches = (waiver: Waiver) => found.some(({ service, each }) => isAbout(waiver, service, each));
  const isJudged = ({ services }: Waiver) =>
    services === undefined ? gate.isWhole : services.every((name) => images.some(({ service }) => service === name));
  return {
    from: gate.from,
    severity: gate.severity,
    verdict: !isOpen ? 'passed' : gate.refuses ? 'refused' : 'reported',
    images: judged.map(({ service }) => service),
    open: worstFirst(open).slice(0, MAX_REPORTED),
    waived: worstFirst(waived).slice(0, MAX_REPORTED),
    expired: gate.waivers.filter((waiver) => isExpired(waiver, gate.today) && matches(waiver)),
    unused: gate.waivers.filter((waiver) => isJudged(waiver) && !matches(waiver)),
  };
}

interface JudgedService {
  readonly service: ScannedService;
  readonly found: readonly Vulnerability[];
  readonly open: readonly ServiceVulnerability[];
  readonly waived: readonly WaivedVulnerability[];
}

function judgeService({ service, scans }: ServiceScans, { severity, waivers, today }: Gate): JudgedService {
  const found = once(scans.flatMap((scan) => (scan.kind === 'scanned' ? scan.vulnerabilities : unscannable(scan))));
  const gating = found.filter((each) => each.id === UNSCANNABLE || reaches(each.severity, severity));
  const valid = waivers.filter((waiver) => !isExpired(waiver, today));
  const judged = gating.map((each) => ({ each, waiver: valid.find((waiver) => isAbout(waiver, service, each)) }));
  const open = judged.flatMap(({ each, waiver }) => (waiver === undefined ? [{ service, ...each }] : []));
  const waived = judged.flatMap(({ each, waiver }) =>
    waiver === undefined ? [] : [{ service, ...each, until: waiver.until, by: waiver.by }],
  );
  const why = scans.flatMap((scan) => (scan.kind === 'scanned' ? [] : [scan.why]));
  return {
    service: {
      service,
      counts: worstCounts(scans),
      open: open.length,
      waived: waived.length,
      ...(why.length === 0 ? {} : { problem: [...new Set(why)].join('; ') }),
      ...(scans.some(({ kind }) => kind === 'failed') ? { isFailed: true } : {}),
    },
    found,
    open,
    waived,
  };
}

function unscannable(scan: Exclude<KeptScan, { readonly kind: 'scanned' }>): readonly Vulnerability[] {
  return scan.kind === 'unsupported' ? [{ id: UNSCANNABLE, severity: 'UNKNOWN', package: '' }] : [];
}

/** Returns each finding once: platforms of an image share most of theirs, and a package can be in several files. */
function once(vulnerabilities: readonly Vulnerability[]): readonly Vulnerability[] {
  const keyOf = ({ id, package: name, version, severity }: Vulnerability) =>
    JSON.stringify([id, name, version, severity]);
  return [...new Map(vulnerabilities.map((each) => [keyOf(each), each])).values()];
}

function countSeverities(vulnerabilities: readonly Vulnerability[]): SeverityCounts {
  const counts = SEVERITIES.map((name) => [name, vulnerabilities.filter(({ severity }) => severity === name).length]);
  return Object.fromEntries(counts) as SeverityCounts;
}

/** Returns the largest number of any platform: platforms share most findings, so that a sum would count them twice. */
function worstCounts(scans: readonly KeptScan[]): SeverityCounts {
  const all = scans.flatMap((scan) => (scan.kind === 'scanned' ? [scan.counts] : []));
  const counts = SEVERITIES.map((name) => [name, Math.max(0, ...all.map((each) => each[name]))]);
  return Object.fromEntries(counts) as SeverityCounts;
}

function worstFirst<Found extends ServiceVulnerability>(found: readonly Found[]): readonly Found[] {
  const rank = ({ id, severity }: Found) => (id === UNSCANNABLE ? -1 : SEVERITIES.indexOf(severity));
  return found.toSorted((a, b) => rank(a) - rank(b) || order(a.service, b.service) || order(a.id, b.id));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
