/** Signs with a private key of this machine: a PEM file, or an environment variable with its text. The key is never part of a message. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ERROR_NAMES, PipelineError, unreadableFile } from '../../core/contract/errors';
import type { Signer } from '../../core/ports/signer';

const CURE = 'make one with: openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem';

/** Opens the key in a file. Throws `SigningError`. */
export async function openKeyFile(path: string): Promise<Signer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw signingError(`the signing key ${path}: ${unreadableFile(error)}; ${CURE}`);
  });
  return signerOf(path, text);
}

/** Opens the key in an environment variable. Throws `SigningError`. */
export function openKeyVariable(name: string, env: Readonly<Record<string, string | undefined>>): Signer {
  const text = env[name];
  if (!text)
    throw signingError(
      `the environment variable ${name} with the signing key is not set; ${CURE}, and export its text`,
    );
  return signerOf(`$${name}`, text);
}

function signerOf(key: string, text: string): Signer {
  const privateKey = parseKey(key, text);
  return {
    key,
    publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    sign: async (bytes) => sign('sha256', bytes, privateKey),
  };
}

function parseKey(key: string, text: string): KeyObject {
  const encrypted = /ENCRYPTED/.exec(text) === null ? '' : ', because it is encrypted';
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(text);
  } catch {
    throw signingError(`the signing key ${key} cannot be read as a private key in PEM${encrypted}; ${CURE}`);
  }
  const curve = privateKey.asymmetricKeyDetails?.namedCurve ?? 'no curve';
  if (curve === 'prime256v1') return privateKey;
  throw signingError(
    `the signing key ${key} is of type ${privateKey.asymmetricKeyType} with ${curve}, and has to be of the curve P-256; ${CURE}`,
  );
}

/** Makes the error of a key that cannot sign. */
export function signingError(message: string, cause?: unknown): PipelineError {
  return new PipelineError(ERROR_NAMES.signing, message, cause === undefined ? {} : { cause });
}
