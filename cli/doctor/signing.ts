/** The check of `pipeline doctor` for the key that signs releases. */
import { type Finding, later, ok } from '../../core/doctor/finding';
import { judgeSigningKey, unreadableKey } from '../../core/doctor/judge-signing';
import type { Settings } from '../../core/settings/schema';
import { homeSigner } from '../../local/runtime/home';
import { runCheck } from './run-check';

const CHECK = 'signing key';

/** Checks a key of KMS; nothing if the settings name none. `unchecked` says why the account is not checked, as the end of a sentence. */
export async function checkSigningKey(
  { signing }: Pick<Settings, 'signing'>,
  { region, unchecked }: { readonly region?: string; readonly unchecked?: string },
): Promise<readonly Finding[]> {
  const kmsKey = signing?.kmsKey;
  if (kmsKey === undefined) return [];
  if (region === undefined || unchecked !== undefined) return [later(CHECK, `not checked, because ${unchecked}`)];
  return runCheck(CHECK, `aws kms describe-key --key-id ${kmsKey} --region ${region}`, async () => {
    // AWS's SDK for it is loaded only here.
    const { describeKmsKey } = await import('../../adapters/signing/describe-kms-key');
    try {
      return judgeSigningKey(kmsKey, await describeKmsKey(kmsKey, region), region);
    } catch (error) {
      if (error instanceof Error && error.name === 'AccessDeniedException') return unreadableKey(kmsKey);
      throw error;
    }
  });
}

/** Opens the key of a local pipeline as a run does; nothing if its settings name none. */
export async function checkHomeKey(home: string, settings: Settings): Promise<readonly Finding[]> {
  const open = homeSigner(home, settings);
  if (open === undefined) return [];
  const fix = 'openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem';
  return runCheck(CHECK, fix, async () => ok(CHECK, `${(await open()).key} can sign`));
}
