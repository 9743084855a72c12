/** Version claims as files, made with link(2), which fails if the name is taken: what the claims table is in AWS. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim, Claims } from '../../core/ports';
import { createFileAtomically } from './atomic-file';

/** Claims below the folder, one file each. */
export function createDiskClaims(directory: string): Claims {
  const fileOf = (image: string, version: string) =>
    join(directory, encodeURIComponent(image), `${encodeURIComponent(version)}.json`);
  const read = async (image: string, version: string) =>
    JSON.parse(await readFile(fileOf(image, version), 'utf8')) as Claim;
  return {
    claim: async (claim) => {
      const { image, version } = claim;
      if (await createFileAtomically(fileOf(image, version), JSON.stringify(claim))) return claim;
      return read(image, version);
    },
    find: async (image, version) => {
      try {
        return await read(image, version);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
