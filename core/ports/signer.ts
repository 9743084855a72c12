/** Keys that sign releases, as the release step uses them. `adapters/signing` implements this port. */

/** One key. It signs by ECDSA on the curve P-256 over SHA-256, as cosign's own keys do. Its functions throw `SigningError`. */
export interface Signer {
  /** The key as the settings name it, for messages. */
  readonly key: string;
  /** The public key in DER, a SubjectPublicKeyInfo (RFC 5280). */
  readonly publicKey: Buffer;
  /** Returns the signature of the bytes in DER. */
  sign(bytes: Buffer): Promise<Buffer>;
}

/** Opens the key and proves that it may sign, without a signature that anybody sees. Throws `SigningError` with the key and the cure. */
export type OpenSigner = () => Promise<Signer>;
