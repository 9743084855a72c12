/** What the job tool is told: the job's and the project's environment variables. */
import type { JobBases } from '../../core/build-facts';
import { JOB_ENV, PROJECT_ENV } from '../../core/job-env';
import { parseJobBases } from './job-bases';

/** The variables that decide which image is built from what. `releases` is `host/namespace`. */
export interface JobEnvironment {
  readonly service: string;
  readonly inputDigest: string;
  readonly candidate: string;
  readonly bases: JobBases;
  readonly catalogFile: string;
  readonly releases: string;
}

const NAMES = {
  service: JOB_ENV.service,
  inputDigest: JOB_ENV.inputDigest,
  candidate: JOB_ENV.candidate,
  bases: JOB_ENV.bases,
  catalogFile: PROJECT_ENV.catalogFile,
  releases: PROJECT_ENV.releases,
} as const satisfies Record<keyof JobEnvironment, string>;

/** Reads the variables. Throws one error that names every missing one, or says that the base images cannot be read. */
export function readJobEnvironment(env: Readonly<Record<string, string | undefined>>): JobEnvironment {
  const missing = Object.values(NAMES).filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new Error(
      `environment variables are not set: ${missing.join(', ')}; the build project and the state machine set them, deploy both again`,
    );
  }
  const read = (name: string) => env[name] ?? '';
  return {
    service: read(NAMES.service),
    inputDigest: read(NAMES.inputDigest),
    candidate: read(NAMES.candidate),
    bases: parseJobBases(read(NAMES.bases)),
    catalogFile: read(NAMES.catalogFile),
    releases: read(NAMES.releases),
  };
}
