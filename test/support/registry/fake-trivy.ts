/** A program that is called as Trivy is, and writes reports of schema 2. It stands in where the real one cannot have a database. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vulnerability } from '../../../core/contract/scan/scan';

export interface FakeTrivy {
  /** The folder to put on the PATH. */
  readonly folder: string;
  readonly program: string;
  /** Sets the vulnerabilities of an image by its digest. */
  set(digest: string, vulnerabilities: readonly Vulnerability[]): void;
  /** Sets the vulnerabilities of every other image. Without them, an image is not found. */
  setOthers(vulnerabilities: readonly Vulnerability[]): void;
  /** Sets the age of its database, ISO 8601; undefined for none, as after an installation. */
  setDatabase(updatedAt: string | undefined): void;
  /** Lets every call end with this line of the log. */
  fail(line: string): void;
}

/** Writes the program into the folder. It is a shell script, which starts fast. */
export function createFakeTrivy(folder: string): FakeTrivy {
  const reports = join(folder, 'reports');
  mkdirSync(reports, { recursive: true });
  const program = join(folder, 'trivy');
  writeFileSync(program, SCRIPT.replaceAll('REPORTS', reports));
  chmodSync(program, 0o755);
  const write = (name: string, vulnerabilities: readonly Vulnerability[]) =>
    writeFileSync(join(reports, name), JSON.stringify(trivyReport(vulnerabilities)));
  const setDatabase = (updatedAt: string | undefined) => {
    const database = updatedAt === undefined ? {} : { VulnerabilityDB: { Version: 2, UpdatedAt: updatedAt } };
    writeFileSync(join(reports, 'version'), JSON.stringify({ Version: '0.74.0', ...database }));
  };
  setDatabase('2026-11-29T06:00:00Z');
  return {
    folder,
    program,
    set: (digest, vulnerabilities) => write(digest.replace('sha256:', ''), vulnerabilities),
    setOthers: (vulnerabilities) => write('others', vulnerabilities),
    setDatabase,
    fail: (line) => writeFileSync(join(reports, 'fail'), `${line}\n`),
  };
}

/** The last argument is the image by its digest. A fatal error has a time before it, and exit status 1. */
const SCRIPT = `#!/bin/sh
[ "$1" = version ] && exec cat REPORTS/version
[ "$1" = image ] || { echo "unknown command $1" >&2; exit 1; }
[ -f REPORTS/fail ] && { cat REPORTS/fail >&2; exit 1; }
for image; do :; done
for report in "REPORTS/\${image##*@sha256:}" REPORTS/others; do
  [ -f "$report" ] && exec cat "$report"
done
printf '2026-11-30T08:00:00Z\\tFATAL\\tFatal error\\trun error: image scan error: unable to find the specified image "%s"\\n' "$image" >&2
exit 1
`;

/** Returns a report in the shape of Trivy 0.74, with results by kind of package as it has them. */
export function trivyReport(vulnerabilities: readonly Vulnerability[]): object {
  const Vulnerabilities = vulnerabilities.map(({ id, severity, package: name, version, fixedIn }) => ({
    VulnerabilityID: id,
    PkgID: `${name}@${version}`,
    PkgName: name,
    InstalledVersion: version,
    FixedVersion: fixedIn,
    Status: fixedIn === undefined ? 'affected' : 'fixed',
    Severity: severity === 'NEGLIGIBLE' ? 'LOW' : severity,
    PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
  }));
  return {
    SchemaVersion: 2,
    Trivy: { Version: '0.74.0' },
    CreatedAt: '2026-11-30T08:00:00Z',
    ArtifactName: 'registry/image',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'alpine', Name: '3.20.3' } },
    Results: [
      {
        Target: 'registry/image (alpine 3.20.3)',
        Class: 'os-pkgs',
        Type: 'alpine',
        ...(vulnerabilities.length > 0 && { Vulnerabilities }),
      },
      { Target: 'Python', Class: 'lang-pkgs', Type: 'python-pkg' },
    ],
  };
}
