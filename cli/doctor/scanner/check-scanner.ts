/** The check of `pipeline doctor` on the scanner of images. */
import type { AwsAccount } from '../../../adapters/aws/account';
import { readTrivyState } from '../../../adapters/scan/trivy-state';
import { type Finding, later } from '../../../core/doctor/finding';
import { judgeEcrScans, judgeTrivy } from '../../../core/doctor/judge-scanner';
import type { Settings } from '../../../core/settings/schema';
import { TRIVY } from '../../../local/runtime/local-scanner';
import { runCheck } from '../run-check';

interface ScanCheck {
  readonly settings: Settings;
  readonly account: AwsAccount;
  readonly region: string;
  /** Why the account was not checked, as the end of a sentence; undefined if it was. */
  readonly unchecked: string | undefined;
}

/** Returns the finding about the scans of ECR; none if the settings ask for no scan. */
export async function checkEcrScans(check: ScanCheck): Promise<readonly Finding[]> {
  const { settings, account, region, unchecked } = check;
  if (settings.scan === undefined) return [];
  const fix = `aws ecr get-registry-scanning-configuration --region ${region}`;
  if (unchecked !== undefined) return [later('scanner', `not checked, because ${unchecked}`, fix)];
  return runCheck('scanner', fix, async () => {
    const names = (await account.repositories()).map(({ name }) => name);
    return judgeEcrScans(settings, await account.scanning(), names, region);
  });
}

/** Returns the finding about Trivy on this machine; none if the settings ask for no scan. */
export async function checkTrivy({ scan }: Settings): Promise<readonly Finding[]> {
  return scan === undefined ? [] : [judgeTrivy(await readTrivyState(TRIVY))];
}
