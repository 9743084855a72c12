/** Signed statements: a DSSE envelope, whose signature covers type and content (github.com/secure-systems-lab/dsse, "Protocol"). */
import { createPublicKey, verify } from 'node:crypto';
import { ERROR_NAMES, PipelineError } from '../contract/errors';
import type { Signer } from '../ports/signer';

/** The payload type of in-toto statements (github.com/in-toto/attestation, "Envelope layer specification"). */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/** A payload with its signature, which is in DER. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Returns the bytes that are signed: DSSE's pre-authentication encoding. Lengths are in bytes. */
export function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** Signs a statement. Throws `SigningError` if the signature does not fit the public key, as if an alias had moved to another key. */
export async function signStatement(statement: object, signer: Signer): Promise<Envelope> {
  const payload = Buffer.from(JSON.stringify(statement), 'utf8');
  const signature = await signer.sign(preAuthEncoding(STATEMENT_TYPE, payload));
  const envelope = { payloadType: STATEMENT_TYPE, payload, signature };
  if (isSignedBy(envelope, signer.publicKey)) return envelope;
  const message = `the key ${signer.key} made a signature that does not fit its public key; if an alias was moved to another key just now, start the run again`;
  throw new PipelineError(ERROR_NAMES.signing, message);
}

/** Returns true if the envelope was signed with the key. `publicKey` is a SubjectPublicKeyInfo in DER. */
export function isSignedBy({ payloadType, payload, signature }: Envelope, publicKey: Buffer): boolean {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  return verify('sha256', preAuthEncoding(payloadType, payload), key, signature);
}
