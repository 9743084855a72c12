/** The schema of the registry that an environment pulls its images from, if it is not the one of the releases. */
import * as z from 'zod';
import { host, repository } from './names';

/** A copy of every released image is put into it before the commit. */
export const EnvironmentRegistry = z.strictObject({
  /** The registry; `ecr` is that of the stack's account and region. @example "444455556666.dkr.ecr.eu-west-1.amazonaws.com" */
  host,
  /** What all its repositories begin with: an image is `<host>/<namespace>/<image>`. @example "shop" */
  namespace: repository,
  /** Minutes until all images of a run must be there. */
  minutes: z.number().min(1).max(600).default(60),
});

export type EnvironmentRegistry = z.infer<typeof EnvironmentRegistry>;
