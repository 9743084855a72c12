/** The contract of a key that signs, whether it is in AWS KMS or on this machine. */
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import type { OpenSigner } from '../../../core/ports/signer';
import { runs } from '../../support/property-runs';

/** A key under test. `publicKey` is what a stranger has of it, in DER. */
export interface SignerUnderTest {
  readonly open: OpenSigner;
  readonly name: string;
  readonly publicKey: Buffer;
}

/** Defines the suite. */
export function describeSigner(kind: string, make: () => Promise<SignerUnderTest>): void {
  describe(`signer contract: ${kind}`, () => {
    test('anybody who has the public key can verify what it signs, and nothing else', async () => {
      const { open, publicKey } = await make();
      const signer = await open();
      const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
      const bytes = fc.uint8Array({ maxLength: 10_000 }).map((array) => Buffer.from(array));
      await fc.assert(
        fc.asyncProperty(bytes, async (message) => {
          const signature = await signer.sign(message);
          expect(verify('sha256', message, key, signature)).toBe(true);
          expect(verify('sha256', Buffer.concat([message, Buffer.from('.')]), key, signature)).toBe(false);
        }),
        { numRuns: runs(80) },
      );
    });

    test('it tells its public key, and the name that the settings give it', async () => {
      const { open, publicKey, name } = await make();
      const signer = await open();
      expect(signer.publicKey.equals(publicKey)).toBe(true);
      expect(signer.key).toBe(name);
    });

    test('it signs many messages at the same time', async () => {
      const { open, publicKey } = await make();
      const signer = await open();
      const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
      const messages = Array.from({ length: 82 }, (_, index) => Buffer.from(`message ${index}`));

      const signatures = await Promise.all(messages.map((message) => signer.sign(message)));

      const verified = messages.map((message, index) =>
        verify('sha256', message, key, signatures[index] ?? Buffer.of()),
      );
      expect(verified).toEqual(messages.map(() => true));
    });
  });
}
