/** Whether the secrets hold what the functions expect in them. No value gets into a finding, not even its length. */
import { type GitRole, gitApp } from '../settings/git-login';
import type { Settings } from '../settings/schema';
import { type Finding, ok, problem } from './finding';

/** A secret that was read. `value` is undefined if nobody has put one. */
export interface ReadSecret {
  readonly arn: string;
  readonly value: string | undefined;
}

/** Shorter ones can be guessed. */
const SHORTEST_WEBHOOK_SECRET = 16;
const PEM = /^\s*-----BEGIN (RSA )?PRIVATE KEY-----\s[\sA-Za-z0-9+/=]+-----END (RSA )?PRIVATE KEY-----\s*$/;

/** The token of the git host, or the App's private key: the writer's, or the reader's where there is one. */
export function judgeGitSecret(settings: Settings, { arn, value }: ReadSecret, role: GitRole = 'writer'): Finding {
  const check = role === 'writer' ? 'secret of the git host' : 'secret of the git reader';
  const setting = role === 'writer' ? 'git.app' : 'git.reader';
  const isApp = gitApp(settings, role) !== undefined;
  const fix = put(arn, isApp ? 'file://app.private-key.pem' : 'file://token.txt');
  if (value === undefined) return problem(check, 'has no value yet', fix);
  if (isApp) {
    if (PEM.test(value)) return ok(check, 'holds a private key');
    return problem(check, 'holds no private key in PEM form, and the settings name a GitHub App', fix);
  }
  if (PEM.test(value)) {
    const text = `holds a private key, and the settings name no GitHub App for it; set ${setting}, or put a token`;
    return problem(check, text, fix);
  }
  if (value.trim() !== value) return problem(check, 'has white space around the token, such as a line end', fix);
  if (/\s/.test(value)) return problem(check, 'holds more than one word, so it is no token', fix);
  return ok(check, 'holds a token');
}

/** What signs webhook deliveries. */
export function judgeWebhookSecret({ arn, value }: ReadSecret): Finding {
  const check = 'secret of the webhook';
  const fix = put(arn, '"$(openssl rand -hex 32)"');
  if (value === undefined) return problem(check, 'has no value', fix);
  if (value.trim() !== value) return problem(check, 'has white space around it, which git hosts cut off', fix);
  if (value.length < SHORTEST_WEBHOOK_SECRET) return problem(check, 'is so short that it can be guessed', fix);
  return ok(check, 'can be used');
}

/** User name and password of the release registry; `pair` is what the credentials adapter made of the secret. */
export function judgeRegistrySecret({ arn, value }: ReadSecret, pair: 'found' | 'other host' | 'broken'): Finding {
  const check = 'secret of the registry';
  const fix = put(arn, `'{"username": "...", "password": "..."}'`);
  if (value === undefined) return problem(check, 'has no value yet', fix);
  if (pair === 'broken') return problem(check, 'is not in the form of user name and password', fix);
  if (pair === 'other host') return problem(check, 'has no entry for the release registry', fix);
  return ok(check, 'holds user name and password');
}

/** Where notices are posted. `chats` are those that the settings name. */
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
