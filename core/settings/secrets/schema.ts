/** The schema of the secrets that builds may use, by reference. A value is never in the settings. */
import * as z from 'zod';
import { text } from '../files/text';

/** An id in `--mount=type=secret,id=npm`. It names a file. */
const secretId = text(
  /^(?!\.\.?$)[\w.][\w.-]{0,59}$/,
  'letters, digits and . _ -, not beginning with -, at most 60 characters',
);

/** Without the random characters at its end, the ARN of a secret is a pattern in IAM, and its region and account would have to be guessed. */
const ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}$/;

const VARIABLE = /^env:[A-Za-z_]\w{0,127}$/;

const FILE = /^file:\/[^\p{Cc}]{1,1000}$/u;

/** The secrets by id, each with its place. A wrong place is not repeated: it can be a secret. */
export const BuildSecrets = z.record(
  secretId,
  z.string().refine((place) => [ARN, VARIABLE, FILE].some((form) => form.test(place)), {
    error:
      'must be the complete ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<6 characters>, or on one machine an environment variable, env:NPM_TOKEN, or a file, file:/path; what was found is not repeated',
  }),
);

export type BuildSecrets = z.infer<typeof BuildSecrets>;

/** The place of a secret, by its kind. */
export type SecretPlace =
  | { readonly kind: 'secret'; readonly arn: string; readonly region: string; readonly account: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

/** Parses a place that the schema accepts. */
export function parsePlace(place: string): SecretPlace {
  if (VARIABLE.test(place)) return { kind: 'variable', name: place.slice('env:'.length) };
  if (FILE.test(place)) return { kind: 'file', path: place.slice('file:'.length) };
  const [, , , region = '', account = ''] = place.split(':');
  return { kind: 'secret', arn: place, region, account };
}
