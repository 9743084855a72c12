/** Looks at a key of AWS KMS, for `pipeline doctor`. */
import { DescribeKeyCommand, SignCommand } from '@aws-sdk/client-kms';
import type { SigningKey } from '../../core/doctor/judge-signing';
import { createKmsClient, type KmsClient, nameOf, signRequest } from './kms-key';

/** Returns the key, after a signature that is only tried; undefined if there is none of this name. Throws errors of the SDK. */
export async function describeKmsKey(
  keyId: string,
  region: string,
  client: KmsClient = createKmsClient(keyId, region),
): Promise<SigningKey | undefined> {
  const described = await client.send(new DescribeKeyCommand({ KeyId: keyId })).catch((error: unknown) => {
    if (nameOf(error) === 'NotFoundException') return undefined;
    throw error;
  });
  if (described === undefined) return undefined;
  const { KeyState: state = '', KeySpec: spec = '', KeyUsage: usage = '' } = described.KeyMetadata ?? {};
  const tried = client.send(new SignCommand({ ...signRequest(keyId, Buffer.alloc(0)), DryRun: true }));
  const dryRun = await tried.then(() => undefined, nameOf);
  return { state, spec, usage, dryRun: dryRun === 'DryRunOperationException' ? undefined : dryRun };
}
