/** Signs with an asymmetric key of AWS KMS, whose private half never leaves it. */
import { createHash } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, type KMSClientConfig, SignCommand } from '@aws-sdk/client-kms';
import { messageOf } from '../../core/contract/errors';
import type { Signer } from '../../core/ports/signer';
import { kmsRegion } from '../../core/settings/signing/schema';
import { signingError } from './key-file';

/** The calls that are used. */
export type KmsClient = Pick<KMSClient, 'send'>;

/**
 * KMS limits all requests of an account together (AWS KMS developer guide, "Request quotas"). A release makes one or two for
 * each image, 16 at a time. The SDK waits longer after each refusal.
 */
const RETRIES: KMSClientConfig = { retryMode: 'standard', maxAttempts: 8 };

/** Returns a client of the key's region. For an alias without one, that is the given region, or that of the environment. */
export function createKmsClient(keyId: string, other?: string): KmsClient {
  const region = kmsRegion(keyId) ?? other;
  return new KMSClient({ ...RETRIES, ...(region === undefined ? {} : { region }) });
}

/** The one algorithm of the curve P-256. */
const ALGORITHM = 'ECDSA_SHA_256';

/** Returns the request to sign the bytes. They are given by their digest, because a message may have 4,096 bytes only. */
export function signRequest(keyId: string, bytes: Buffer) {
  return {
    KeyId: keyId,
    Message: createHash('sha256').update(bytes).digest(),
    MessageType: 'DIGEST',
    SigningAlgorithm: ALGORITHM,
  } as const;
}

/** Opens the key and tries it by a dry run, which makes no signature. `keyId` is an ARN, or `alias/NAME`. Throws `SigningError`. */
export async function openKmsKey(keyId: string, client: KmsClient = createKmsClient(keyId)): Promise<Signer> {
  const found = await client.send(new GetPublicKeyCommand({ KeyId: keyId })).catch(refuse(keyId));
  const { KeySpec = 'no spec', KeyUsage = 'no usage', PublicKey } = found;
  if (KeySpec !== 'ECC_NIST_P256' || KeyUsage !== 'SIGN_VERIFY' || PublicKey === undefined) {
    const message = `the signing key ${keyId} is ${KeySpec} for ${KeyUsage}, and has to be ECC_NIST_P256 for SIGN_VERIFY`;
    throw signingError(`${message}; ${MAKE}, and name it in signing.kmsKey`);
  }
  await client
    .send(new SignCommand({ ...signRequest(keyId, Buffer.alloc(0)), DryRun: true }))
    .catch((error: unknown) => {
      // https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
      if (nameOf(error) !== 'DryRunOperationException') throw failure(keyId, error);
    });
  return {
    key: keyId,
    publicKey: Buffer.from(PublicKey),
    sign: async (bytes) => {
      const { Signature } = await client.send(new SignCommand(signRequest(keyId, bytes))).catch(refuse(keyId));
      return Buffer.from(Signature ?? []);
    },
  };
}

const MAKE = 'make one with: aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY';

/** What to do about the errors of `GetPublicKey` and `Sign`, by their names. */
const CURES: Readonly<Record<string, string>> = {
  NotFoundException: `check account, region and name of the key, or ${MAKE}`,
  AccessDeniedException:
    'deploy the stack again, so that the role of the release function may use the key; the policy of a key in another account has to allow that role kms:GetPublicKey and kms:Sign',
  DisabledException: 'enable it with: aws kms enable-key --key-id KEY',
  KMSInvalidStateException:
    'if it is about to be deleted: aws kms cancel-key-deletion --key-id KEY, then aws kms enable-key --key-id KEY',
  CredentialsProviderError: 'log in to AWS, such as with: aws sso login',
  InvalidKeyUsageException: MAKE,
  UnsupportedOperationException: MAKE,
};

/** On one machine, nothing but the environment names a region for an alias. */
const NO_REGION = 'set AWS_REGION, or name the key by its ARN';

function refuse(keyId: string): (error: unknown) => never {
  return (error) => {
    throw failure(keyId, error);
  };
}

function failure(keyId: string, error: unknown): Error {
  const name = nameOf(error);
  const cure = CURES[name] ?? (/region/i.test(messageOf(error)) ? NO_REGION : 'start the run again');
  return signingError(`the signing key ${keyId} cannot be used: ${name}: ${messageOf(error)}; ${cure}`, error);
}

/** Returns the name of an error of the SDK. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}
