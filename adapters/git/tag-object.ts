/** Annotated tags: their text, and how one is made. */
import type { TagAttempt, TagProposal } from '../../core/ports/git';
import { isRefName, refusedRef } from './object-name';

/** The author of commits and tags. */
export const IDENTITY = { name: 'image-pipeline', email: 'image-pipeline@localhost' } as const;

/** Returns the content of the object, in UTC. `now` is in ms since 1970. */
export function tagText({ name, commit, message }: TagProposal, now: number): string {
  const tagger = `${IDENTITY.name} <${IDENTITY.email}> ${Math.floor(now / 1000)} +0000`;
  return `object ${commit}\ntype commit\ntag ${name}\ntagger ${tagger}\n\n${message.trim()}\n`;
}

/**
 * Makes a tag by `make`, unless it exists. `make` returns why it was refused. The outcome is read from the ref by `find`, because the reply may
 * be lost. Throws `GitHostError` if there is no such tag then.
 */
export async function makeTag(
  { name, commit }: TagProposal,
  find: () => Promise<string | undefined>,
  make: () => Promise<string | undefined>,
): Promise<TagAttempt> {
  if (!isRefName(name)) throw refusedRef('tag', name, 'is not a name that git allows');
  const before = await find();
  if (before !== undefined) return before === commit ? { kind: 'exists' } : { kind: 'other', commit: before };
  const refusal = await make();
  const after = await find();
  if (after === undefined) throw refusedRef('tag', name, `cannot be made: ${(refusal ?? 'no reason').slice(0, 300)}`);
  return after === commit ? { kind: 'created' } : { kind: 'other', commit: after };
}
