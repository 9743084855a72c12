/** Finds the key that the settings name. */
import { resolve } from 'node:path';
import type { OpenSigner } from '../../core/ports/signer';
import type { Signing } from '../../core/settings/signing/schema';
import { openKeyFile, openKeyVariable } from './key-file';

/** The machine: paths of key files are relative to `folder`. */
interface KeyPlaces {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the function that opens the key; undefined if the settings name none. AWS's SDK is loaded only for a key of KMS. */
export function signerOf(signing: Signing | undefined, { folder, env }: KeyPlaces): OpenSigner | undefined {
  const { kmsKey, keyFile, keyVariable } = signing ?? {};
  if (kmsKey !== undefined) return async () => (await import('./kms-key')).openKmsKey(kmsKey);
  if (keyFile !== undefined) return () => openKeyFile(resolve(folder, keyFile));
  if (keyVariable !== undefined) return async () => openKeyVariable(keyVariable, env);
  return undefined;
}
