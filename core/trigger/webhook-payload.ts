/** Parts of push payloads that GitHub and GitLab share. */
import * as z from 'zod';

/** A commit id; forty zeros stand for none. */
export const objectId = z.string().regex(/^[0-9a-f]{40}$/, { error: 'must be 40 hex digits' });

/** In the place of `before` for a new branch, and of `after` for a deleted one. */
export const NO_COMMIT = '0'.repeat(40);

/** null, by GitLab's types, where there are none. */
const paths = z
  .array(z.string())
  .nullish()
  .transform((some) => some ?? []);

/** The list of commits, which may be missing. */
export const pushedCommits = z
  .array(
    z
      .object({ id: objectId, message: z.string().default(''), added: paths, modified: paths, removed: paths })
      .transform(({ id, message, added, modified, removed }) => ({
        id,
        message,
        written: [...added, ...modified],
        removed,
      })),
  )
  .default([]);

/** The first problems of a payload, with their paths, at most 400 characters. */
export function describeIssues(error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
  return problems.slice(0, 5).join('; ').slice(0, 400);
}
