/** AWS KMS with asymmetric keys that really sign. It has the checks of `GetPublicKey`, `Sign` and `DescribeKey`, in the order of the real one. */
import { createECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { KmsClient } from '../../../adapters/signing/kms-key';

/** A key of the account, which a test may change at any time. */
export interface FakeKey {
  spec: string;
  usage: string;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** Actions that the caller may not use. */
  readonly denied: Set<string>;
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
}

export interface FakeKms {
  readonly client: KmsClient;
  /** Answers a call as the service does. Throws its errors. */
  answer(action: string, input: KmsInput): object;
  /** Keys by ARN or alias. */
  readonly keys: Map<string, FakeKey>;
  /** The calls so far, `Sign (dry run)` for one that signs nothing. */
  readonly calls: string[];
  /** Makes calls fail from now on: the function gets each call and its number, and throws if it should. */
  failWhen(rule: (call: string, number: number) => void): void;
}

/** An error with the name that KMS gives it. */
export function kmsError(name: string, message = 'as the test wants it'): Error {
  return Object.assign(new Error(message), { name });
}

/** Makes a key. `spec` is KMS's name of a curve. */
export function makeKey(spec: 'ECC_NIST_P256' | 'ECC_NIST_P384' = 'ECC_NIST_P256', usage = 'SIGN_VERIFY'): FakeKey {
  const namedCurve = spec === 'ECC_NIST_P256' ? 'prime256v1' : 'secp384r1';
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return { spec, usage, state: 'Enabled', denied: new Set(), publicKey: der, privateKey };
}

/** The input of any call. */
interface KmsInput {
  readonly KeyId: string;
  readonly Message?: Uint8Array;
  readonly MessageType?: string;
  readonly SigningAlgorithm?: string;
  readonly DryRun?: boolean;
}

export function createFakeKms(keys: Readonly<Record<string, FakeKey>> = {}): FakeKms {
  const byName = new Map(Object.entries(keys));
  const calls: string[] = [];
  let rule: (call: string, number: number) => void = () => undefined;
  const answer = (action: string, input: KmsInput) => {
    const call = input.DryRun === true ? `${action} (dry run)` : action;
    calls.push(call);
    rule(call, calls.length);
    const key = byName.get(input.KeyId);
    if (key === undefined) throw kmsError('NotFoundException', `${input.KeyId} is not found.`);
    if (key.denied.has(action)) throw kmsError('AccessDeniedException', `not authorized to perform: kms:${action}`);
    const { spec, usage, state, publicKey } = key;
    if (action === 'DescribeKey') return { KeyMetadata: { KeySpec: spec, KeyUsage: usage, KeyState: state } };
    if (state === 'Disabled') throw kmsError('DisabledException', `${input.KeyId} is disabled.`);
    if (state === 'PendingDeletion') throw kmsError('KMSInvalidStateException', 'is pending deletion.');
    if (action === 'GetPublicKey') return { KeySpec: spec, KeyUsage: usage, PublicKey: publicKey };
    return signWith(key, input);
  };
  const send = async (command: { readonly input: KmsInput }) =>
    answer(command.constructor.name.replace(/Command$/, ''), command.input);
  return {
    client: { send: send as KmsClient['send'] },
    answer,
    keys: byName,
    calls,
    failWhen: (given) => {
      rule = given;
    },
  };
}

function signWith(key: FakeKey, { Message, MessageType, SigningAlgorithm, DryRun }: KmsInput) {
  if (key.usage !== 'SIGN_VERIFY') throw kmsError('InvalidKeyUsageException');
  if (SigningAlgorithm !== 'ECDSA_SHA_256' || key.spec !== 'ECC_NIST_P256') throw kmsError('InvalidKeyUsageException');
  if (MessageType !== 'DIGEST' || Message?.length !== 32) {
    throw kmsError('ValidationException', 'Digest is invalid length');
  }
  if (DryRun === true) throw kmsError('DryRunOperationException', 'The request would have succeeded.');
  return { Signature: signDigest(Message, key.privateKey) };
}

/** The order of the curve P-256 (FIPS 186-5 and SP 800-186, 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Signs a digest as it is (FIPS 186-5, 6.4.1), which Node cannot: it would hash it once more. Returns the signature in DER. */
function signDigest(digest: Uint8Array, privateKey: KeyObject): Buffer {
  const secret = toNumber(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  const once = createECDH('prime256v1');
  // Uncompressed: 04, x, y.
  const r = toNumber(once.generateKeys().subarray(1, 33)) % ORDER;
  const inverse = power(toNumber(once.getPrivateKey()), ORDER - 2n);
  const s = (inverse * (toNumber(Buffer.from(digest)) + r * secret)) % ORDER;
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, left] = [base, exponent]; left > 0n; square = (square * square) % ORDER, left >>= 1n) {
    if (left & 1n) result = (result * square) % ORDER;
  }
  return result;
}

/** A positive INTEGER in DER. */
function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const padded = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded]);
}
