/** Signed statements and their bundles, held against Sigstore's own library. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import fc from 'fast-check';
import type { Signer } from '../../../core/ports/signer';
import { parseBundle, printBundle } from '../../../core/signing/bundle';
import { isSignedBy, preAuthEncoding, signStatement } from '../../../core/signing/envelope';
import { readStatement, signatureOf } from '../../../core/signing/statement';
import { runs } from '../../support/property-runs';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const der = publicKey.export({ format: 'der', type: 'spki' });
const signer: Signer = { key: 'test', publicKey: der, sign: async (bytes) => sign('sha256', bytes, privateKey) };
const digest = `sha256:${'a'.repeat(64)}`;

/** Sigstore's verifier for one key, without a transparency log and without timestamps. */
function sigstoreVerifies(bundle: Buffer, key = der): void {
  const object = createPublicKey({ key, format: 'der', type: 'spki' });
  const trust = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey: object, validFor: () => true }),
  };
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle.toString('utf8')))));
}

const statements = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 5 });

describe('the bytes that are signed', () => {
  test('are those of the example in the specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('differ whenever type or payload do', () => {
    // Digits and spaces are what could hide a boundary.
    const text = fc.string({ unit: fc.constantFrom('1', '2', ' ', 'ü', 'D') });
    fc.assert(
      fc.property(text, text, text, text, (type, payload, otherType, otherPayload) => {
        const one = preAuthEncoding(type, Buffer.from(payload));
        const other = preAuthEncoding(otherType, Buffer.from(otherPayload));
        expect(one.equals(other)).toBe(type === otherType && payload === otherPayload);
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('a signed statement', () => {
  test('of any content is verified by Sigstore’s own library, and read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(statements, async (statement) => {
        const envelope = await signStatement(statement, signer);
        const bundle = printBundle(envelope, der);

        sigstoreVerifies(bundle);
        expect(parseBundle(bundle)).toEqual(envelope);
        expect(JSON.parse(envelope.payload.toString('utf8'))).toEqual(JSON.parse(JSON.stringify(statement)));
      }),
      { numRuns: runs(100) },
    );
  });

  test('is refused by Sigstore’s library and here if another key made it', async () => {
    const envelope = await signStatement(signatureOf(digest), signer);
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const key = other.publicKey.export({ format: 'der', type: 'spki' });

    expect(isSignedBy(envelope, der)).toBe(true);
    expect(isSignedBy(envelope, key)).toBe(false);
    expect(() => sigstoreVerifies(printBundle(envelope, key), key)).toThrow('signature verification failed');
  });

  test('is refused once any bit of it was changed, and no change makes the check throw', async () => {
    const envelope = await signStatement(signatureOf(digest), signer);
    const part = fc.constantFrom('payload', 'signature');
    fc.assert(
      fc.property(part, fc.nat(), fc.integer({ min: 0, max: 7 }), (name, at, bit) => {
        const bytes = Buffer.from(envelope[name as 'payload' | 'signature']);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
        expect(isSignedBy({ ...envelope, [name]: bytes }, der)).toBe(false);
      }),
      { numRuns: runs(400) },
    );
    expect(isSignedBy({ ...envelope, payloadType: 'text/plain' }, der)).toBe(false);
  });

  test('that does not fit the public key is an error, as after an alias was moved', async () => {
    const moved = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    const wrong = { ...signer, key: 'alias/releases', sign: async (bytes: Buffer) => sign('sha256', bytes, moved) };
    await expect(signStatement(signatureOf(digest), wrong)).rejects.toMatchObject({
      name: 'SigningError',
      message: expect.stringContaining('alias/releases made a signature that does not fit its public key'),
    });
  });
});

test('what is no bundle or no statement is nothing, whatever it is', () => {
  const envelope = (payload: string, payloadType = 'application/vnd.in-toto+json') => ({
    payloadType,
    payload: Buffer.from(payload),
    signature: Buffer.from('x'),
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parseBundle(Buffer.from(text))).toBeUndefined();
      expect(readStatement(envelope(text))).toBeUndefined();
    }),
    { numRuns: runs(200) },
  );
  const right = JSON.stringify(signatureOf(digest));
  expect(readStatement(envelope(right))).toEqual(signatureOf(digest));
  expect(readStatement(envelope(right, 'text/plain'))).toBeUndefined();
});
