/** The schema of the registry that an environment pulls its images from, if it is not the one of the releases. */
import * as z from 'zod';
import { text } from '../files/text';
import { host, repository } from './names';

/** A copy of every released image is put into it before the commit. */
export const EnvironmentRegistry = z.strictObject({
  /** The registry; `ecr` is that of the stack's account and region. @example "444455556666.dkr.ecr.eu-west-1.amazonaws.com" */
  host,
  /** What all its repositories begin with: an image is `<host>/<namespace>/<image>`. @example "shop" */
  namespace: repository,
  /** `replication`: rules of ECR bring the images there, and a run waits for their versions instead of copying them. */
  arrives: z.enum(['copy', 'replication']).default('copy'),
  /** A role that may push there, which the release function assumes. Its account is that of the registry. Default: the function's own role. @example { "arn": "arn:aws:iam::444455556666:role/shop-images", "externalId": "shop" } */
  role: z
    .strictObject({
      /** The ARN of the role. @example "arn:aws:iam::444455556666:role/shop-images" */
      arn: text(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of an IAM role'),
      /** The external id that its trust policy asks for. It is not a secret. Default: none. @example "shop" */
      externalId: text(
        /^[\w+=,.@:/-]{2,1224}$/,
        'an external id of 2 to 1,224 letters, digits and + = , . @ : / _ -',
      ).optional(),
    })
    .optional(),
  /** Minutes until all images of a run must be there. */
  minutes: z.number().min(1).max(600).default(60),
});

export type EnvironmentRegistry = z.infer<typeof EnvironmentRegistry>;
