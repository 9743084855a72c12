/** Judges the key that signs releases. */
import { kmsRegion } from '../settings/signing/schema';
import { type Finding, later, ok, problem } from './finding';

/** A key as KMS describes it. `dryRun` is the name of the error of a signature that was only tried; undefined if it would have been made. */
export interface SigningKey {
  readonly state: string;
  readonly spec: string;
  readonly usage: string;
  readonly dryRun: string | undefined;
}

const CHECK = 'signing key';

/** Returns what is wrong with the key; `key` is undefined if there is none of this name. `region` is that of the stack. */
export function judgeSigningKey(kmsKey: string, key: SigningKey | undefined, region: string): Finding {
  const at = `--region ${kmsRegion(kmsKey) ?? region}`;
  const make = `aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY ${at}`;
  if (key === undefined) return problem(CHECK, `${kmsKey} does not exist, so that no release can be signed`, make);
  const { state, spec, usage, dryRun } = key;
  if (spec !== 'ECC_NIST_P256' || usage !== 'SIGN_VERIFY') {
    return problem(CHECK, `${kmsKey} is ${spec} for ${usage}, and has to be ECC_NIST_P256 for SIGN_VERIFY`, make);
  }
  if (state === 'PendingDeletion') {
    const fix = `aws kms cancel-key-deletion --key-id ${kmsKey} ${at}, then aws kms enable-key --key-id ${kmsKey} ${at}`;
    return problem(CHECK, `${kmsKey} is about to be deleted`, fix);
  }
  if (state !== 'Enabled') {
    return problem(CHECK, `${kmsKey} is ${state}`, `aws kms enable-key --key-id ${kmsKey} ${at}`);
  }
  if (dryRun === undefined) return ok(CHECK, `${kmsKey} is enabled and signs`);
  if (dryRun === 'AccessDeniedException') {
    return ok(CHECK, `${kmsKey} is enabled; it may not be tried from here, and each run tries it before it writes`);
  }
  return problem(CHECK, `${kmsKey} cannot sign: ${dryRun}`, `aws kms describe-key --key-id ${kmsKey} ${at}`);
}

/** Returns the finding for a key that this identity may not look at. */
export function unreadableKey(kmsKey: string): Finding {
  return later(
    CHECK,
    `${kmsKey} is not checked: kms:DescribeKey is not allowed here; each run tries it before it writes`,
  );
}
