/** Reads which images a build starts from, as the plan step wrote it. */
import * as z from 'zod';
import type { JobBases } from '../../core/build-facts';
import { InvalidInputError } from '../../core/errors';
import { isDigest, isTag } from '../../core/image/grammar';
import { JOB_ENV } from '../../core/job-env';

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

/** Throws `InvalidInput` with all problems if the text is something else. */
export function parseJobBases(text: string): JobBases {
  const result = Bases.safeParse(parse(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({
    path: [JOB_ENV.bases, ...path].join('.'),
    message,
  }));
  throw new InvalidInputError('the job cannot be done', problems);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
