/**
 * Where a release statement is attached: to the image or, once that has many, to one of its first statements. So the number of referrers of an
 * image does not grow with its releases. A ClusterPolicy of Kyverno refuses an image with more than 50.
 */
import type { Referrer } from '../ports/registry';
import { mayHold } from './bundle';
import { RELEASE_TYPE } from './statement';

/** The most statements that refer to an image itself. Signatures, one for each key, come on top. */
export const MOST_STATEMENTS = 32;

/** Returns the statements that further ones refer to: none while the image has fewer than `MOST_STATEMENTS`. `referrers` are those of the image. */
export function fullStatements(referrers: readonly Referrer[]): readonly Referrer[] {
  const statements = referrers.filter((referrer) => mayHold(referrer, { predicateType: RELEASE_TYPE }));
  if (statements.length < MOST_STATEMENTS) return [];
  return [...statements].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)).slice(0, MOST_STATEMENTS);
}

/** Returns the statement that the one of a run refers to; undefined for the image. A run that is repeated finds the same one. */
export function statementFor(referrers: readonly Referrer[], run: string): Referrer | undefined {
  const full = fullStatements(referrers);
  return full.length === 0 ? undefined : full[sumOf(run) % full.length];
}

/** Two releases at once can both be the last one that finds room, so that only the oldest count. */
function orderOf({ annotations, digest }: Referrer): string {
  return `${annotations?.['org.opencontainers.image.created'] ?? ''} ${digest}`;
}

/** Spreads runs evenly. */
function sumOf(run: string): number {
  return [...run].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003, 7);
}
