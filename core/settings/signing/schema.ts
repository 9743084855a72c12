/** The schema of the key that signs released images. */
import * as z from 'zod';
import { text } from '../files/text';

/** The ARN of a key or of an alias, or the name of an alias in the account and region of the stack. */
const KMS_KEY =
  /^(?:alias\/(?!aws\/)[\w/-]{1,250}|arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key\/[a-z0-9-]{36,40}|alias\/(?!aws\/)[\w/-]{1,250}))$/;

/** The key that signs. Exactly one is given. */
export const Signing = z
  .strictObject({
    /** An asymmetric key of AWS KMS: `ECC_NIST_P256` for `SIGN_VERIFY`. Its ARN, that of an alias, or an alias of the stack's account and region. Default: none. @example "alias/releases" */
    kmsKey: text(
      KMS_KEY,
      'the ARN of a key or alias of KMS, arn:aws:kms:<region>:<account>:key/<id>, or the name of an alias, alias/<name>',
    ).optional(),
    /** On one machine: the file of a private key in PEM, of the curve P-256. A path below the home is relative to it. Default: none. @example "/etc/image-pipeline/signing-key.pem" */
    keyFile: z.string().min(1).max(1024).optional(),
    /** On one machine: the environment variable with the text of that file. Default: none. @example "SIGNING_KEY" */
    keyVariable: text(/^[A-Za-z_]\w{0,127}$/, 'the name of an environment variable, such as SIGNING_KEY').optional(),
  })
  .refine((signing) => Object.values(signing).filter((key) => key !== undefined).length === 1, {
    error: 'must have exactly one of kmsKey (in AWS), keyFile and keyVariable (on one machine)',
  });

export type Signing = z.infer<typeof Signing>;

/** Returns the region of a key of KMS; undefined for an alias without one, which is in the region of the stack. */
export function kmsRegion(kmsKey: string): string | undefined {
  return KMS_KEY.exec(kmsKey)?.[1];
}
