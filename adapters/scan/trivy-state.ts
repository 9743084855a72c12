/** Asks Trivy for its version and its database. */
import { execFile } from 'node:child_process';
import * as z from 'zod';
import type { TrivyState } from '../../core/doctor/judge-scanner';
import { parseJson } from '../../core/text/json';

/** The output of `trivy version --format json`. Without a database, it has the version alone. */
const Version = z.object({
  Version: z.string(),
  VulnerabilityDB: z.object({ UpdatedAt: z.string() }).optional().catch(undefined),
});

/** Returns the state, or undefined if the program cannot be started or is not Trivy. */
export function readTrivyState(program: string): Promise<TrivyState | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['version', '--format=json'], { env: process.env }, (_, stdout) => {
      const found = Version.safeParse(parseJson(stdout)).data;
      if (found === undefined) return resolve(undefined);
      const { Version: version, VulnerabilityDB: database } = found;
      resolve({ version, ...(database === undefined ? {} : { updatedAt: database.UpdatedAt }) });
    });
  });
}
