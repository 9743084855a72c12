/** Judges the content of the secrets. No finding contains a value or its length. */
import { type GitRole, gitApp, gitContent } from '../settings/git-login';
import type { Settings } from '../settings/schema';
import { type Finding, ok, problem } from './finding';

/** A secret that was read. `value` is undefined if it was not set yet. */
export interface ReadSecret {
  readonly arn: string;
  readonly value: string | undefined;
}

/** Shorter secrets can be guessed. In characters. */
const SHORTEST_WEBHOOK_SECRET = 16;
const PEM = /^\s*-----BEGIN (RSA )?PRIVATE KEY-----\s[\sA-Za-z0-9+/=]+-----END (RSA )?PRIVATE KEY-----\s*$/;

/** Returns the name of the secret with a login of the repository in `settings.git`. */
export function gitSecretName(settings: Settings, role: GitRole): string {
  const isValues = gitContent(settings) === 'values';
  if (role === 'reader') return isValues ? "secret of the values repository's reader" : 'secret of the git reader';
  return isValues ? 'secret of the values repository' : 'secret of the git host';
}

/** Judges the token of the git host, or the App's private key. */
export function judgeGitSecret(settings: Settings, { arn, value }: ReadSecret, role: GitRole = 'writer'): Finding {
  const check = gitSecretName(settings, role);
  const place = gitContent(settings) === 'values' ? 'valuesRepository.git' : 'git';
  const setting = role === 'writer' ? `${place}.app` : `${place}.reader`;
  const isApp = gitApp(settings, role) !== undefined;
  const fix = put(arn, isApp ? 'file://app.private-key.pem' : 'file://token.txt');
  if (value === undefined) return problem(check, 'has no value yet', fix);
  if (isApp) {
    if (PEM.test(value)) return ok(check, 'contains a private key');
    return problem(check, 'contains no private key in PEM form, but the settings name a GitHub App', fix);
  }
  if (PEM.test(value)) {
    const text = `contains a private key, but the settings name no GitHub App for it; set ${setting}, or store a token`;
    return problem(check, text, fix);
  }
  if (value.trim() !== value) return problem(check, 'has white space around the token, such as a line end', fix);
  if (/\s/.test(value)) return problem(check, 'contains more than one word, so it is not a token', fix);
  return ok(check, 'contains a token');
}

/** Judges the secret that signs webhook deliveries. */
export function judgeWebhookSecret({ arn, value }: ReadSecret): Finding {
  const check = 'secret of the webhook';
  const fix = put(arn, '"$(openssl rand -hex 32)"');
  if (value === undefined) return problem(check, 'has no value', fix);
  if (value.trim() !== value) return problem(check, 'has white space around it, which git hosts remove', fix);
  if (value.length < SHORTEST_WEBHOOK_SECRET) return problem(check, 'is so short that it can be guessed', fix);
  return ok(check, 'can be used');
}

/** Judges user name and password of the release registry. `pair` is the result of the credentials adapter. */
export function judgeRegistrySecret({ arn, value }: ReadSecret, pair: 'found' | 'other host' | 'broken'): Finding {
  const check = 'secret of the registry';
  const fix = put(arn, `'{"username": "...", "password": "..."}'`);
  if (value === undefined) return problem(check, 'has no value yet', fix);
  if (pair === 'broken') return problem(check, 'is not in the form of user name and password', fix);
  if (pair === 'other host') return problem(check, 'has no entry for the release registry', fix);
  return ok(check, 'contains user name and password');
}

/** Judges the addresses that notices are posted to. `chats` are those of the settings. */
export function judgeChatSecret(chats: readonly string[], { arn, value }: ReadSecret): Finding {
  const check = 'secret of the chats';
  const fix = put(arn, 'file://chats.json');
  if (value === undefined) return problem(check, 'has no value yet', fix);
  const missing = chats.filter((chat) => !isAddress(fieldOf(value, chat)));
  if (missing.length > 0) return problem(check, `has no https address for ${missing.join(' and ')}`, fix);
  return ok(check, `has an address for ${chats.join(' and ')}`);
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:';
}

function fieldOf(text: string, name: string): unknown {
  try {
    return Object(JSON.parse(text))[name];
  } catch {
    return undefined;
  }
}

function put(arn: string, value: string): string {
  return `aws secretsmanager put-secret-value --secret-id ${arn} --secret-string ${value}`;
}
