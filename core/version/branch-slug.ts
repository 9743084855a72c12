/** A branch's name as the end of an image tag. Branch names come from outside and may hold anything that git allows. */
import { createHash } from 'node:crypto';

const LONGEST_SLUG = 40;
const HASH_LENGTH = 8;

/**
 * What follows the first `/` of a branch (`feature/co2` gives `co2`, `main` gives `main`) in lower case letters, digits and single `-`
 * between them, 1 to 40 characters. A name that is cut or has none of these ends in a hash of the branch, so that it stays distinct.
 */
export function branchSlug(branch: string): string {
  const own = branch.includes('/') ? branch.slice(branch.indexOf('/') + 1) : branch;
  const plain = dashed(own.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());
  if (plain !== '' && plain.length <= LONGEST_SLUG) return plain;
  const hash = createHash('sha256').update(branch).digest('hex').slice(0, HASH_LENGTH);
  const start = dashed(plain.slice(0, LONGEST_SLUG - HASH_LENGTH - 1));
  return start === '' ? `branch-${hash}` : `${start}-${hash}`;
}

function dashed(text: string): string {
  return text.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
