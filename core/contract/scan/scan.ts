/** Contract, part 4a: the scan of a run's images, between their builds and their versions. */
import type { NestedOutcomes } from '../job';

/** Severities of vulnerabilities, the worst first. `UNKNOWN`: the scanner's source gave none. */
export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'NEGLIGIBLE', 'UNKNOWN'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** The severities at which a gate can close. */
export const GATE_SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const satisfies readonly Severity[];

export type GateSeverity = (typeof GATE_SEVERITIES)[number];

/** The scanners that findings are read from. */
export const SCANNERS = ['ecr', 'trivy'] as const;

export type ScannerName = (typeof SCANNERS)[number];

/** One vulnerability of one package in an image, as a scanner reports it. `id` is a CVE, GHSA or other advisory. */
export interface Vulnerability {
  readonly id: string;
  readonly severity: Severity;
  readonly package: string;
  /** The installed version. Absent if the scanner does not tell it. */
  readonly version?: string;
  /** The version that fixes it. Absent if none is known, or the scanner does not tell it. */
  readonly fixedIn?: string;
}

/**
 * What a scanner knows of one image of one platform. `pending`: it is still at work. `unsupported`: it cannot scan such an image, and never
 * will. `failed`: it could, and did not.
 */
export type ImageScan =
  | { readonly kind: 'scanned'; readonly vulnerabilities: readonly Vulnerability[] }
  | { readonly kind: 'pending' | 'unsupported' | 'failed'; readonly why: string };

/** A person's decision to release an image in spite of a vulnerability, until the end of a day. */
export interface Waiver {
  readonly id: string;
  /** The services that it is about. Absent for all. */
  readonly services?: readonly string[];
  /** The package that it is about. Absent for all. */
  readonly package?: string;
  readonly reason: string;
  /** The last day on which it counts, in UTC: `2026-12-31`. */
  readonly until: string;
  readonly by: string;
}

/** The input of the scan step. */
export interface ScanRequest {
  readonly run: string;
  /** The number of redrives so far. */
  readonly redrives: number;
  readonly builds: NestedOutcomes;
}

/** The result of the scan step. `wait`: a scanner is still at work, and is asked again after `seconds`. */
export interface ScanStep {
  readonly next: 'wait' | 'done';
  readonly seconds: number;
}

/** The scan so far, stored under `objectKeys.scan(run)`. The scan step alone writes it. */
export interface ScanRecord {
  readonly schema: 1;
  readonly run: string;
  /** The attempt that it belongs to. A later one scans again. */
  readonly redrives: number;
  /** When the scan began, in ms since 1970. */
  readonly since: number;
  /** The images of each service, one for each platform. */
  readonly services: Readonly<Record<string, LocatedService>>;
  /** What is known so far by digest of the image of a platform. */
  readonly images: Readonly<Record<string, KeptScan>>;
  /** Set once every image is scanned or given up. */
  readonly report?: ScanReport;
}

/** The repository that has a service's image, and the digests of its platforms. */
export interface LocatedService {
  readonly host: string;
  readonly repository: string;
  readonly digests: readonly string[];
}

/** A scan that ended. `vulnerabilities` are those that reach the severity of the gate or that a waiver names; `counts` has all. */
export type KeptScan =
  | {
      readonly kind: 'scanned';
      readonly counts: SeverityCounts;
      readonly vulnerabilities: readonly Vulnerability[];
    }
  | { readonly kind: 'unsupported' | 'failed'; readonly why: string };

/** The number of vulnerabilities by severity. */
export type SeverityCounts = Readonly<Record<Severity, number>>;

/** The findings of a run's images, and what the gate made of them. */
export interface ScanReport {
  readonly from: ScannerName;
  /** The severity from which on the gate refuses an image. */
  readonly severity: GateSeverity;
  /** `refused`: no image got a version. `reported`: some would have been refused, and the run is one that the gate lets pass. */
  readonly verdict: 'passed' | 'refused' | 'reported';
  readonly images: readonly ScannedService[];
  /** What fails the gate, the worst first, at most `MAX_REPORTED`. `ScannedService` has the numbers of all. */
  readonly open: readonly ServiceVulnerability[];
  /** What would, and is waived, at most `MAX_REPORTED`. */
  readonly waived: readonly WaivedVulnerability[];
  /** Waivers that would match and are expired. */
  readonly expired: readonly Waiver[];
  /** Waivers that match nothing although all images that they are about were scanned. */
  readonly unused: readonly Waiver[];
}

/** One service of a run and its findings over all platforms, each counted once. */
export interface ScannedService {
  readonly service: string;
  readonly counts: SeverityCounts;
  /** Findings that fail the gate, and those that are waived. */
  readonly open: number;
  readonly waived: number;
  /** Why it is not scanned, or not wholly. Absent if it is. */
  readonly problem?: string;
  /** True if the scanner failed, so that nothing is known of the image. No waiver helps. Absent otherwise. */
  readonly isFailed?: boolean;
}

export interface ServiceVulnerability extends Vulnerability {
  readonly service: string;
}

export interface WaivedVulnerability extends ServiceVulnerability {
  readonly until: string;
  readonly by: string;
}
