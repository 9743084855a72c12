/** Reads the JSON report of Trivy: https://trivy.dev/latest/docs/configuration/reporting/#json */
import * as z from 'zod';
import { SEVERITIES, type Vulnerability } from '../../core/contract/scan/scan';
import { parseJson } from '../../core/text/json';

const Report = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              PkgName: z.string().default(''),
              InstalledVersion: z.string().optional(),
              FixedVersion: z.string().optional(),
              Severity: z.enum(SEVERITIES).catch('UNKNOWN'),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** Returns the vulnerabilities of a report, or undefined if the text is no report of schema 2. An image without packages has no results. */
export function readTrivyReport(text: string): readonly Vulnerability[] | undefined {
  const report = Report.safeParse(parseJson(text)).data;
  if (report === undefined) return undefined;
  const found = (report.Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
  return found.map(({ VulnerabilityID: id, Severity: severity, PkgName, InstalledVersion, FixedVersion }) => ({
    id,
    severity,
    package: PkgName,
    ...(InstalledVersion ? { version: InstalledVersion } : {}),
    ...(FixedVersion ? { fixedIn: FixedVersion } : {}),
  }));
}
