/** Judges the scanner of images: the scans of ECR, and Trivy on one machine. */
import type { Settings } from '../settings/schema';
import { matchesWildcard } from '../text/glob';
import { type Finding, ok, problem } from './finding';

const CHECK = 'scanner';

/** How ECR scans the repositories of an account, in its own words. */
export interface RegistryScanning {
  /** `BASIC` or `ENHANCED`. */
  readonly type: string;
  readonly rules: readonly ScanningRule[];
}

/** Which repositories a rule is about, and when they are scanned: `SCAN_ON_PUSH`, `CONTINUOUS_SCAN` or `MANUAL`. */
export interface ScanningRule {
  readonly scanFrequency: string;
  readonly repositoryFilters: readonly { readonly filter: string; readonly filterType: string }[];
}

/**
 * Returns the finding about the scans of ECR. Basic scans can be started, which the scan function does. Enhanced ones cannot: a repository
 * that no rule covers is never scanned. `repositories` are all that exist.
 */
export function judgeEcrScans(
  { candidates, releases }: Settings,
  { type, rules }: RegistryScanning,
  repositories: readonly string[],
  region: string,
): Finding {
  if (type !== 'ENHANCED') return ok(CHECK, `basic scans of ECR; those that a push did not start are started`);
  const ours = repositories.filter((name) => name.startsWith(`${releases.namespace}/`));
  const wanted = [...new Set([candidates.repository, `${releases.namespace}/new`, ...ours])];
  const filters = rules.flatMap(({ repositoryFilters }) => repositoryFilters.map(({ filter }) => filter));
  const missing = wanted.filter((name) => !filters.some((filter) => covers(filter, name)));
  if (missing.length === 0) return ok(CHECK, 'enhanced scans of ECR cover candidates and releases');
  // The command replaces all rules, so that it has the present ones, too.
  const own = [candidates.repository, `${releases.namespace}/*`].map((filter) => ({ filter, filterType: 'WILDCARD' }));
  const all = [...rules, { scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: own }];
  return problem(
    CHECK,
    `enhanced scans of ECR leave out ${missing.slice(0, 5).join(', ')}; an image there is never scanned, and gets no version`,
    `aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules '${JSON.stringify(all)}' --region ${region}`,
  );
}

/** A filter without `*` matches every name that contains it: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html */
function covers(filter: string, name: string): boolean {
  return filter.includes('*') ? matchesWildcard(filter, name) : name.includes(filter);
}

/** What Trivy says of itself. `updatedAt` is the age of its database, ISO 8601; absent if it has none. */
export interface TrivyState {
  readonly version: string;
  readonly updatedAt?: string;
}

const INSTALL = 'install Trivy from https://trivy.dev, then npx pipeline doctor';

/** Returns the finding about Trivy; undefined if it cannot be started. */
export function judgeTrivy(state: TrivyState | undefined): Finding {
  if (state === undefined) return problem(CHECK, 'the program trivy is not on the PATH', INSTALL);
  const { version, updatedAt } = state;
  if (updatedAt !== undefined) return ok(CHECK, `Trivy ${version} with the database of ${updatedAt.slice(0, 10)}`);
  return problem(CHECK, `Trivy ${version} has no database of vulnerabilities yet`, 'trivy image --download-db-only');
}
