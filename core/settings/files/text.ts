/** Texts of a form, with messages that show no secret. */
import * as z from 'zod';
import { showUnlessSecret } from '../plaintext-secret';

/** Returns a schema for text of a form. The message says what is allowed; what was found is added. */
export function text(form: RegExp, allowed: string) {
  return z.string().regex(form, { error: ({ input }) => `must be ${allowed}, not ${showUnlessSecret(input)}` });
}

/** Hours that a run waits for a person. */
export const waitHours = z
  .number()
  .min(1 / 60, { error: ({ input }) => `must be at least one minute, which is 0.0167, not ${showUnlessSecret(input)}` })
  .max(168);

const PATH = String.raw`(?![/ ])(?!(?:.*/)?\.{1,2}(?:/|$))(?!.*//)(?!(?:.*/)?\.git(?:/|$))[^\p{Cc}\\]{1,255}(?<![/ ])`;

const NO_OTHER_SPELLING = 'without ., .., //, \\ and .git, and without a / or a space at either end';

/** The path of a file as git has it. Another spelling of it would be found nowhere, or be taken for another file. @example "scripts/smoke-test.sh" */
export const pathInRepository = text(
  new RegExp(`^${PATH}$`, 'u'),
  `a path in the monorepo such as chart/values.yaml, ${NO_OTHER_SPELLING}`,
);

const FOLDER = `a folder of the monorepo such as charts/api, or . for its root, ${NO_OTHER_SPELLING}`;

/** The path of a folder, or `.` for the root. @example "charts/api" */
export const folderInRepository = text(new RegExp(`^(?:\\.|${PATH})$`, 'u'), FOLDER);

/** The same as Helm takes it, which does not mind a `/` at the end. @example "chart" */
export const helmChart = text(new RegExp(`^(?:\\.|${PATH})/?$`, 'u'), FOLDER);
