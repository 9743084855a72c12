/** Texts of a form, with messages that show no secret. */
import * as z from 'zod';
import { showUnlessSecret } from '../plaintext-secret';

/** Returns a schema for text of a form. The message says what is allowed; what was found is added. */
export function text(form: RegExp, allowed: string) {
  return z.string().regex(form, { error: ({ input }) => `must be ${allowed}, not ${showUnlessSecret(input)}` });
}

/** A path in the monorepo, without `..` and without a leading `/`. @example "scripts/smoke-test.sh" */
export const pathInRepository = text(
  /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}]{1,255}$/u,
  'a path in the monorepo, without .. and without a leading /',
);
