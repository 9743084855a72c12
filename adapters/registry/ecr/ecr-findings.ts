/** The findings of ECR in our words: those of basic scans, and those of enhanced scans by Amazon Inspector. */
import type {
  EnhancedImageScanFinding,
  ImageScanFinding,
  ImageScanFindings,
  VulnerablePackage,
} from '@aws-sdk/client-ecr';
import { SEVERITIES, type Severity, type Vulnerability } from '../../../core/contract/scan/scan';

/** Severities that ECR and Inspector call otherwise: https://docs.aws.amazon.com/inspector/latest/user/findings-understanding-severity.html */
const OTHER_WORDS: Readonly<Record<string, Severity>> = { INFORMATIONAL: 'NEGLIGIBLE' };

/** Returns the vulnerabilities of one page of findings. */
export function readFindings({ findings = [], enhancedFindings = [] }: ImageScanFindings): readonly Vulnerability[] {
  return [...findings.map(basicFinding), ...enhancedFindings.flatMap(enhancedFinding)];
}

/** A basic scan has package and version as attributes, and knows no fixed version. */
function basicFinding({ name = 'UNKNOWN', severity, attributes = [] }: ImageScanFinding): Vulnerability {
  const attributeOf = (key: string) => attributes.find((attribute) => attribute.key === key)?.value;
  const version = attributeOf('package_version');
  return {
    id: name,
    severity: severityOf(severity),
    package: attributeOf('package_name') ?? '',
    ...(version === undefined ? {} : { version }),
  };
}

/** One finding of Inspector is about one vulnerability and all packages that have it. Closed and suppressed ones do not count. */
function enhancedFinding(finding: EnhancedImageScanFinding): readonly Vulnerability[] {
  const { status = 'ACTIVE', severity, packageVulnerabilityDetails: details } = finding;
  if (status !== 'ACTIVE' || details === undefined) return [];
  const { vulnerabilityId: id = 'UNKNOWN', vulnerablePackages = [] } = details;
  const packages: readonly VulnerablePackage[] = vulnerablePackages.length === 0 ? [{}] : vulnerablePackages;
  return packages.map(({ name = '', fixedInVersion, ...installed }) => {
    const version = versionOf(installed);
    return {
      id,
      severity: severityOf(severity),
      package: name,
      ...(version === undefined ? {} : { version }),
      ...(fixedInVersion === undefined || fixedInVersion === 'NotAvailable' ? {} : { fixedIn: fixedInVersion }),
    };
  });
}

/** Returns the version as package managers write it: `1:3.0.1-2`. An epoch of 0 is left out. */
function versionOf({ version, release, epoch = 0 }: VulnerablePackage): string | undefined {
  if (version === undefined) return undefined;
  const known = release === undefined || release === '' ? version : `${version}-${release}`;
  return epoch === 0 ? known : `${epoch}:${known}`;
}

function severityOf(word = ''): Severity {
  return OTHER_WORDS[word] ?? SEVERITIES.find((severity) => severity === word) ?? 'UNKNOWN';
}
