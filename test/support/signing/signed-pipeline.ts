/** A local pipeline that signs its releases with a key file in its home. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingsInput } from '../../../core/settings/schema';
import { makeSmallPipeline, type SmallPipeline } from '../pipeline/small-pipeline';

export interface SignedPipeline extends SmallPipeline {
  /** The public key in DER. */
  readonly publicKey: Buffer;
  /** The file of the public key in PEM, which a stranger gets. */
  readonly publicKeyFile: string;
  readonly keyFile: string;
  /** Writes the key file, which is missing at first. */
  writeKey(): void;
}

export async function makeSignedPipeline(settings: Partial<SettingsInput> = {}): Promise<SignedPipeline> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pipeline = await makeSmallPipeline({ signing: { keyFile: 'keys/signing-key.pem' }, ...settings });
  const folder = join(pipeline.home, 'keys');
  mkdirSync(folder);
  const publicKeyFile = join(folder, 'cosign.pub');
  const keyFile = join(folder, 'signing-key.pem');
  writeFileSync(publicKeyFile, publicKey.export({ format: 'pem', type: 'spki' }));
  return {
    ...pipeline,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    publicKeyFile,
    keyFile,
    writeKey: () => writeFileSync(keyFile, privateKey.export({ format: 'pem', type: 'sec1' })),
  };
}
