/** Version claims as files, made with link(2), which fails if the name is taken: what the claims table is in AWS. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim, Claims } from '../../core/ports';
import { createFileAtomically } from './atomic-file';

/** Claims below the folder, one file each. */
export function createDiskClaims(directory: string): Claims {
  return {
    claim: async (claim) => {
      const file = join(directory, encodeURIComponent(claim.image), `${encodeURIComponent(claim.version)}.json`);
      if (await createFileAtomically(file, JSON.stringify(claim))) return claim;
      return JSON.parse(await readFile(file, 'utf8')) as Claim;
    },
  };
}
