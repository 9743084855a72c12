/** The images that one machine builds together, as the plan step stored them. */
import * as z from 'zod';
import { InvalidInputError } from '../../core/contract/errors';
import type { BuildJob } from '../../core/contract/job';
import { MACHINE_JOB_ENV } from '../../core/contract/job-environment';
import { parseJson } from '../../core/text/json';
import { problemsIn } from './job-environment';

/** One image of the list. */
export type ListedImage = Pick<BuildJob, 'service' | 'inputDigest' | 'candidate' | 'bases' | 'timeoutMinutes'>;

const text = z.string().min(1);

const List = z
  .array(
    z.object({
      // It names a folder.
      service: z.string().regex(/^\w[\w.-]*$/),
      inputDigest: text,
      candidate: text,
      bases: text,
      timeoutMinutes: z.int().positive(),
    }),
  )
  .min(1) satisfies z.ZodType<readonly ListedImage[]>;

/** Parses the list. Throws `InvalidInput` with all problems. */
export function parseImageList(json: string): readonly ListedImage[] {
  const result = List.safeParse(parseJson(json));
  if (result.success) return result.data;
  throw new InvalidInputError('the images cannot be built', problemsIn(MACHINE_JOB_ENV.list, result.error));
}
