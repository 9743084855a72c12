/** Keys of AWS KMS. */
import { createKmsClient, openKmsKey } from '../../../adapters/signing/kms-key';
import { createFakeKms, type FakeKey, kmsError, makeKey } from '../../support/signing/fake-kms';
import { describeSigner } from './signer-contract';

const KEY = 'alias/releases';

describeSigner('AWS KMS', async () => {
  const key = makeKey();
  const { client } = createFakeKms({ [KEY]: key });
  return { open: () => openKmsKey(KEY, client), name: KEY, publicKey: key.publicKey };
});

test('opening a key tries it, and signs nothing', async () => {
  const kms = createFakeKms({ [KEY]: makeKey() });
  await openKmsKey(KEY, kms.client);
  expect(kms.calls).toEqual(['GetPublicKey', 'Sign (dry run)']);
});

test.each<[string, Partial<FakeKey> | undefined, RegExp]>([
  ['that does not exist', undefined, /NotFoundException: .*check account, region and name of the key, or make one/],
  [
    'without the right to sign',
    { denied: new Set(['Sign']) },
    /AccessDeniedException: .*kms:Sign; deploy the stack again/,
  ],
  ['without the right to its public key', { denied: new Set(['GetPublicKey']) }, /kms:GetPublicKey; deploy the stack/],
  ['that is disabled', { state: 'Disabled' }, /DisabledException: .*aws kms enable-key --key-id KEY/],
  ['about to be deleted', { state: 'PendingDeletion' }, /KMSInvalidStateException: .*aws kms cancel-key-deletion/],
  ['of another curve', makeKey('ECC_NIST_P384'), /is ECC_NIST_P384 for SIGN_VERIFY, and has to be ECC_NIST_P256/],
  ['for key agreement', { usage: 'KEY_AGREEMENT' }, /is ECC_NIST_P256 for KEY_AGREEMENT.*aws kms create-key/],
])('a key %s is refused when it is opened, with its name and what to do', async (_, part, expected) => {
  const kms = createFakeKms(part === undefined ? {} : { [KEY]: { ...makeKey(), ...part } });

  const opening = openKmsKey(KEY, kms.client);

  await expect(opening).rejects.toMatchObject({ name: 'SigningError', message: expect.stringMatching(expected) });
  await expect(opening).rejects.toThrow(/^the signing key alias\/releases /);
  expect(kms.calls).not.toContain('Sign');
});

test('a key that loses its right in between says so', async () => {
  const key = makeKey();
  const signer = await openKmsKey(KEY, createFakeKms({ [KEY]: key }).client);
  key.denied.add('Sign');
  await expect(signer.sign(Buffer.from('x'))).rejects.toMatchObject({
    name: 'SigningError',
    message: expect.stringContaining('AccessDeniedException'),
    cause: expect.objectContaining({ name: 'AccessDeniedException' }),
  });
});

test('a fault of KMS is told with its name', async () => {
  const kms = createFakeKms({ [KEY]: makeKey() });
  kms.failWhen(() => {
    throw kmsError('KMSInternalException', 'try again');
  });
  await expect(openKmsKey(KEY, kms.client)).rejects.toThrow('KMSInternalException: try again; start the run again');
});

test('a key is asked in its own region, and by several tries', async () => {
  const arn = 'arn:aws:kms:eu-north-1:123456789012:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789';
  const { config } = createKmsClient(arn) as unknown as {
    readonly config: { region(): Promise<string>; maxAttempts(): Promise<number> };
  };
  expect(await config.region()).toBe('eu-north-1');
  expect(await config.maxAttempts()).toBe(8);
});
