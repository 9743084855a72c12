/** Who shares a build cache: what a build leaves in it can end up in the image of any build that reads it. */
import { createHash } from 'node:crypto';
import type { BranchRule } from '../settings';

/** The cache of branches that may release. Every build reads it, and only theirs write it. */
export const RELEASE_SCOPE = 'release';

/**
 * Scope of the cache that builds on the rule's branches write: part of a tag. Branches of another rule neither write nor read it, so
 * that whoever may push a `feature/*` reaches no image of `develop` by it. A pattern is named by its hash, for it may have any characters.
 */
export function cacheScope({ allow, branch }: Pick<BranchRule, 'allow' | 'branch'>): string {
  if (allow.includes('release')) return RELEASE_SCOPE;
  return createHash('sha256').update(branch).digest('hex').slice(0, 16);
}
