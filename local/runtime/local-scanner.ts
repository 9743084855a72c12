/** The scanner of this machine: Trivy, which reads any registry. ECR's findings are about images in ECR alone. */
import { createTrivyScanner } from '../../adapters/scan/trivy-scanner';
import { ERROR_NAMES, InvalidInputError } from '../../core/contract/errors';
import type { ImageScanner } from '../../core/ports/scanner';
import type { Settings } from '../../core/settings/schema';

/** The name of the program on the PATH. */
export const TRIVY = 'trivy';

/** Returns the scanner, or undefined if the settings ask for none. Throws `InvalidSettings` for a scanner that runs in AWS only. */
export function localScanner({ scan, plainHttp }: Pick<Settings, 'scan' | 'plainHttp'>): ImageScanner | undefined {
  if (scan === undefined) return undefined;
  if (scan.from === 'trivy') return createTrivyScanner({ program: TRIVY, plainHttp, minutes: scan.minutes });
  const message = "is 'ecr', and ECR knows no image of this machine; write 'trivy', or leave scan out";
  const problems = [{ path: 'scan.from', message }];
  throw new InvalidInputError('the settings cannot be run here', problems, undefined, ERROR_NAMES.invalidSettings);
}
