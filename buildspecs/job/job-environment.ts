/** Reads the environment variables of the job tool, which state machine and build project set. */
import * as z from 'zod';
import { InvalidInputError, type Problem } from '../../core/contract/errors';
import type { JobBases } from '../../core/contract/job';
import { JOB_ENV, PROJECT_ENV } from '../../core/contract/job-environment';
import { type BuildImages, buildImages } from '../../core/image/build-images';
import { isDigest, isTag } from '../../core/image/reference';
import { BuildSecrets } from '../../core/settings/secrets/schema';
import { parseJson } from '../../core/text/json';

/** The variables that decide which image is built from what. `releases` is `host/namespace`. */
export interface JobEnvironment {
  readonly service: string;
  readonly inputDigest: string;
  readonly candidate: string;
  readonly bases: JobBases;
  readonly commit: string;
  readonly catalogFile: string;
  readonly releases: string;
  readonly mirrors: Mirrors;
  /** `host/repository`; undefined if the build cache stays on the machine. */
  readonly cacheRepository?: string;
  readonly buildImages: BuildImages;
  readonly repositoryUrl?: string;
  /** Places of secrets by id. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Variables that must not be empty. */
const NEEDED = {
  service: JOB_ENV.service,
  inputDigest: JOB_ENV.inputDigest,
  candidate: JOB_ENV.candidate,
  bases: JOB_ENV.bases,
  commit: JOB_ENV.commit,
  catalogFile: PROJECT_ENV.catalogFile,
  releases: PROJECT_ENV.releases,
  mirrors: PROJECT_ENV.mirrors,
} as const satisfies Partial<Record<keyof JobEnvironment, string>>;

/** Reads the variables. Throws one error with all missing ones, or `InvalidInput` for base images and mirrors that cannot be read. */
export function readJobEnvironment(env: Readonly<Record<string, string | undefined>>): JobEnvironment {
  const needed = readNeeded(env, NEEDED);
  const cacheRepository = env[PROJECT_ENV.cacheRepository] ?? '';
  const repositoryUrl = env[PROJECT_ENV.repositoryUrl] ?? '';
  return {
    ...needed,
    ...readPulled(env),
    bases: parseJobBases(needed.bases),
    secrets: parsePlaces(env[PROJECT_ENV.secrets] || '{}'),
    ...(cacheRepository === '' ? {} : { cacheRepository }),
    ...(repositoryUrl === '' ? {} : { repositoryUrl }),
  };
}

/** Returns the values of variables that must not be empty, by their fields. Throws one error with all missing ones. */
export function readNeeded<Field extends string>(
  env: Readonly<Record<string, string | undefined>>,
  needed: Readonly<Record<Field, string>>,
): Record<Field, string> {
  const entries = Object.entries<string>(needed);
  const missing = entries.map(([, name]) => name).filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new Error(
      `environment variables are not set: ${missing.join(', ')}; the build project and the state machine set them, deploy both again`,
    );
  }
  return Object.fromEntries(entries.map(([field, name]) => [field, env[name] ?? ''])) as Record<Field, string>;
}

/** Reads what is the same for all jobs of a project: mirrors, and the images that jobs run. Throws `InvalidInput` for what cannot be read. */
export function readPulled(
  env: Readonly<Record<string, string | undefined>>,
): Pick<JobEnvironment, 'mirrors' | 'buildImages'> {
  const { mirrors } = readNeeded(env, { mirrors: PROJECT_ENV.mirrors });
  return { mirrors: parseMirrors(mirrors), buildImages: parseBuildImages(env[PROJECT_ENV.buildImages] ?? '') };
}

function parseMirrors(text: string): Mirrors {
  const result = z.record(z.string(), z.string()).safeParse(parseJson(text));
  if (result.success) return result.data;
  const message = `is '${text}'; the build project sets it to JSON such as {"docker.io":"mirror.example/hub"}, deploy it again`;
  throw new InvalidInputError('the job cannot be done', [{ path: PROJECT_ENV.mirrors, message }]);
}

function parsePlaces(text: string): Readonly<Record<string, string>> {
  const result = BuildSecrets.safeParse(parseJson(text));
  if (result.success) return result.data;
  const message = 'cannot be read; the build project sets it to the setting buildSecrets as JSON, deploy it again';
  throw new InvalidInputError('the job cannot be done', [{ path: PROJECT_ENV.secrets, message }]);
}

const reference = z.string().regex(/^[^@\s]+\/[^@\s]+@sha256:[0-9a-f]{64}$/);

const Images = z.strictObject({ buildkit: reference, emulators: reference, sbomScanner: reference });

function parseBuildImages(text: string): BuildImages {
  if (text === '') return buildImages();
  const result = Images.safeParse(parseJson(text));
  if (result.success) return result.data;
  const message = `is '${text}'; the build project sets it to the images of the settings by digest, deploy it again`;
  throw new InvalidInputError('the job cannot be done', [{ path: PROJECT_ENV.buildImages, message }]);
}

const tag = z.string().refine(isTag, 'must be a tag');

const digest = z.string().refine(isDigest, 'must be sha256: and 64 hex digits');

const Bases = z.strictObject({
  digests: z.record(z.string(), digest),
  images: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('candidate'), tag }),
      z.strictObject({ kind: z.literal('released'), reference: z.union([digest, tag]) }),
    ]),
  ),
  noCache: z.boolean(),
  cacheScope: z.string().regex(/^[a-z0-9]{1,16}$/, 'must be 1 to 16 lower case letters and digits'),
}) satisfies z.ZodType<JobBases>;

/** Parses the base images of a job, as the plan step writes them. Throws `InvalidInput` with all problems. */
export function parseJobBases(text: string): JobBases {
  const result = Bases.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw new InvalidInputError('the job cannot be done', problemsIn(JOB_ENV.bases, result.error));
}

/** Returns the problems of a variable's JSON, each with its place. */
export function problemsIn(variable: string, { issues }: z.ZodError): readonly Problem[] {
  return issues.map(({ path, message }) => ({ path: [variable, ...path].join('.'), message }));
}

/** Mirrors by host: `docker.io` -> `mirror.example/hub`, which has the images under their full names. */
export type Mirrors = Readonly<Record<string, string>>;

/** Returns a list for bash: each text ends with NUL, which no text can contain. */
export function nulEnded(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join('');
}
