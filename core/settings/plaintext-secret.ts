/** Finds secrets that somebody wrote into a file in clear. */
import type { Problem } from '../contract/errors';

/** What secrets look like, each by the beginning that its issuer gives it. */
const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/\b(gh[pousr]_|github_pat_)\w{16,}/, 'a token of GitHub'],
  [/\bglp(at|tt)-[\w-]{16,}/, 'a token of GitLab'],
  [/\bdckr_[a-z]+_[\w-]{16,}/, 'a token of Docker Hub'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an access key of AWS'],
  [/\bxox[a-z]-[\w-]{10,}/, 'a token of Slack'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/^https:\/\/hooks\.slack(-gov)?\.com\//, 'a webhook address of Slack'],
  [/^https:\/\/[\w.-]+\.(webhook\.office|logic\.azure|api\.powerplatform)\.com/, 'a webhook address of Teams'],
  [/^https?:\/\/[^/@\s]*:[^/@\s]+@/, 'an address with a password'],
];
/** What a field is called whose value is one. */
const NAMES = /^(token|password|passwd|secret|private_?key|api_?key|access_?key|credentials?)$/i;

/** One problem for each text that is, or is called, a secret. Tells where it is and never what it is. */
export function findPlaintextSecrets(value: unknown, path: readonly string[] = []): Problem[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => findPlaintextSecrets(part, [...path, key]));
  }
  if (typeof value !== 'string' || value === '') return [];
  const name = path.at(-1) ?? '';
  const look = LOOKS.find(([pattern]) => pattern.test(value))?.[1] ?? (NAMES.test(name) ? 'a secret' : undefined);
  if (look === undefined) return [];
  const message = `is ${look} in clear (${value.length} characters, not repeated here), and would stand in the template and in the environment of functions; take it out, revoke it, and put a new one into Secrets Manager: aws secretsmanager put-secret-value --secret-id <ARN of the stack's output>`;
  return [{ path: path.join('.') || 'settings', message }];
}
