/** Finds secrets that a person wrote into a file in plain text. */
import type { Problem } from '../contract/errors';
import { showValue } from '../text/shape-error';

/** Forms of secrets, by the prefixes that their issuers give them. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(gh[pousr]_|github_pat_)\w{16,}/, 'a token of GitHub'],
  [/\bglp(at|tt)-[\w-]{16,}/, 'a token of GitLab'],
  [/\bdckr_[a-z]+_[\w-]{16,}/, 'a token of Docker Hub'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an access key of AWS'],
  [/\bxox[a-z]-[\w-]{10,}/, 'a token of Slack'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/^https:\/\/hooks\.slack(-gov)?\.com\//, 'a webhook address of Slack'],
  [/^https:\/\/[\w.-]+\.(webhook\.office|logic\.azure|api\.powerplatform)\.com/, 'a webhook address of Teams'],
  [/^https?:\/\/[^/@\s:]*:[^/@\s]+@/, 'an address with a password'],
];

/** Names of fields that hold a secret. */
const NAMES = /^(token|password|passwd|secret|private_?key|api_?key|access_?key|credentials?)$/i;

/** Returns one problem for each text that is a secret by its form or its field's name. It says where, and never what it is. */
export function findPlaintextSecrets(value: unknown, path: readonly string[] = []): Problem[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => findPlaintextSecrets(part, [...path, key]));
  }
  if (typeof value !== 'string' || value === '') return [];
  const form = FORMS.find(([pattern]) => pattern.test(value))?.[1] ?? (NAMES.test(path.at(-1) ?? '') ? 'a secret' : '');
  if (form === '') return [];
  const message = `is ${form} in plain text (${value.length} characters, not repeated here); remove it, revoke it, and put a new one into Secrets Manager: aws secretsmanager put-secret-value --secret-id <ARN of the stack's output>`;
  return [{ path: path.join('.') || 'settings', message }];
}

/** Returns a value in a few words, without its text if that is a secret. */
export function showUnlessSecret(value: unknown): string {
  return findPlaintextSecrets(value).length > 0 ? 'a text' : showValue(value);
}
