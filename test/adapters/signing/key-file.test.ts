/** Private keys of this machine: files in PEM, and environment variables. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyFile, openKeyVariable } from '../../../adapters/signing/key-file';
import { signerOf } from '../../../adapters/signing/open-signer';
import { describeSigner } from './signer-contract';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const der = publicKey.export({ format: 'der', type: 'spki' });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signing-key-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function keyFile(text: string | Buffer): string {
  const path = join(folder, 'key.pem');
  writeFileSync(path, text);
  return path;
}

function pem(key: KeyObject, type: 'pkcs8' | 'sec1' = 'pkcs8'): string {
  return key.export({ format: 'pem', type }).toString();
}

describeSigner('a file as openssl genpkey writes it', async () => {
  const path = keyFile(pem(privateKey));
  return { open: () => openKeyFile(path), name: path, publicKey: der };
});

describeSigner('a file as openssl ecparam writes it, below the home', async () => {
  keyFile(pem(privateKey, 'sec1'));
  const open = signerOf({ keyFile: 'key.pem' }, { folder, env: {} });
  if (open === undefined) throw new Error('no signer');
  return { open, name: join(folder, 'key.pem'), publicKey: der };
});

describeSigner('an environment variable', async () => {
  const open = signerOf({ keyVariable: 'SIGNING_KEY' }, { folder, env: { SIGNING_KEY: pem(privateKey) } });
  if (open === undefined) throw new Error('no signer');
  return { open, name: '$SIGNING_KEY', publicKey: der };
});

test('without the setting nothing is signed', () => {
  expect(signerOf(undefined, { folder, env: {} })).toBeUndefined();
});

describe('a key that cannot sign is refused with its name and the command that makes one, and nothing of its text', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const larger = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
  const encrypted = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' });
  const cosign =
    '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n';

  test.each<[string, string | Buffer, RegExp]>([
    ['no key', 'swordfish-is-secret', /cannot be read as a private key in PEM; make one/],
    ['an encrypted key', encrypted, /cannot be read as a private key in PEM, because it is encrypted; make one/],
    ['a key of cosign, which is encrypted', cosign, /because it is encrypted/],
    ['a key of RSA', pem(other), /is of type rsa with no curve, and has to be of the curve P-256/],
    ['a key of another curve', pem(larger), /is of type ec with secp384r1/],
    ['a public key', pem(publicKey as KeyObject, 'spki' as 'pkcs8'), /cannot be read as a private key/],
  ])('%s', async (_, text, expected) => {
    const error: Error = await openKeyFile(keyFile(text)).catch((thrown) => thrown);

    expect(error).toMatchObject({ name: 'SigningError', message: expect.stringMatching(expected) });
    expect(error.message).toContain(join(folder, 'key.pem'));
    expect(error.message).toContain('openssl ecparam -name prime256v1');
    expect(error.message).not.toMatch(/swordfish|c2VjcmV0|BEGIN/);
  });

  test('a missing file', async () => {
    await expect(openKeyFile(join(folder, 'none.pem'))).rejects.toMatchObject({
      name: 'SigningError',
      message: expect.stringContaining('none.pem: there is no such file'),
    });
  });

  test('a variable that is not set', () => {
    expect(() => openKeyVariable('SIGNING_KEY', {})).toThrow(
      'the environment variable SIGNING_KEY with the signing key is not set',
    );
  });
});
