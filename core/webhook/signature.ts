/**
 * Signatures of webhook deliveries, checked over the raw bytes and in constant time. An empty secret vouches for nothing.
 *
 * The libraries take texts. A body that is UTF-8 is one to one with its text, byte order mark included, so that the signature of the
 * text is that of the bytes; `docs/decisions/006` says what is left to us, and why.
 */
import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** It ships an ES module only, which CommonJS cannot load in any other way. */
const octokit = import('@octokit/webhooks-methods');

/** The form of `X-Hub-Signature-256`. Two header values, joined by a comma on their way, do not have it. */
const HUB_SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * True if one of the secrets signed the body. GitHub, Gitea and Forgejo sign this way:
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function hasHubSignature(
  body: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
): Promise<boolean> {
  if (header === undefined || !HUB_SIGNATURE.test(header)) return false;
  const text = textOf(body);
  if (!text) return anyOf(secrets, (secret) => isSame(header, `sha256=${hmac(secret, body).toString('hex')}`));
  const { verify } = await octokit;
  return anyOf(secrets, (secret) => verify(secret, text, header));
}

/** The headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`. */
interface StandardSignature {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** How secrets of this scheme begin; the rest is base64. */
export const STANDARD_SECRET_PREFIX = 'whsec_';

/** How far the sender's clock may be off, in ms; older deliveries may be replays. */
const TOLERANCE = 5 * 60 * 1000;

/**
 * True if one of the secrets signed `id.timestamp.body` just now: https://www.standardwebhooks.com. The header may hold several
 * signatures, separated by spaces, while the sender changes its key. `now` is in ms since 1970.
 */
export async function hasStandardSignature(
  body: Uint8Array,
  { id, timestamp, signature = '' }: StandardSignature,
  secrets: readonly string[],
  now: number,
): Promise<boolean> {
  if (!id || timestamp === undefined || !/^(0|[1-9]\d{0,11})$/.test(timestamp)) return false;
  const time = Number(timestamp) * 1000;
  if (Math.abs(now - time) > TOLERANCE) return false;
  const given = signature
    .slice(0, 1000)
    .split(' ')
    .filter((each) => /^v1,[A-Za-z0-9+/]{43}=$/.test(each));
  if (given.length === 0) return false;
  const text = textOf(body);
  return anyOf(secrets, (secret) => {
    const key = Buffer.from(secret.slice(STANDARD_SECRET_PREFIX.length), 'base64');
    if (key.length === 0) return false;
    const right =
      text === undefined
        ? `v1,${hmac(key, Buffer.from(`${id}.${timestamp}.`), body).toString('base64')}`
        : // Its `verify` asks the system's clock, so that the time is checked above and the signature made here.
          new Webhook(key, { format: 'raw' }).sign(id, new Date(time), text);
    return given.map((each) => isSame(each, right)).includes(true);
  });
}

/** True if the token is one of the secrets. */
export function isToken(token: string | undefined, secrets: readonly string[]): Promise<boolean> {
  return anyOf(token === undefined ? [] : secrets, (secret) => isSame(token ?? '', secret));
}

/** Asks about every secret, whatever the answers, so that the time tells nothing. */
async function anyOf(
  secrets: readonly string[],
  vouches: (secret: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const answers = await Promise.all(secrets.filter((secret) => secret !== '').map(vouches));
  return answers.includes(true);
}

/** Undefined for bytes that are no UTF-8. */
function textOf(body: Uint8Array): string | undefined {
  return isUtf8(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') : undefined;
}

/** For bodies that no library takes: such a request, too, is answered by what is wrong with it, if it is authentic. */
function hmac(key: string | Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest();
}

/** Texts of any length. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

// Secrets by which GitLab signs deliveries, instead of sending the secret itself with each of them.

/** The only length that GitLab takes: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325 */
const KEY_BYTES = 32;

/** True for a secret that only vouches by signature; any other is a plain token. */
export function isSigningToken(secret: string): boolean {
  return secret.startsWith(STANDARD_SECRET_PREFIX);
}

/** What is wrong with a signing token, as the end of a sentence that does not hold it; undefined if GitLab can sign with it. */
export function signingTokenProblem(secret: string): string | undefined {
  const encoded = secret.slice(STANDARD_SECRET_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.length === KEY_BYTES && key.toString('base64') === encoded) return undefined;
  const right = `${STANDARD_SECRET_PREFIX} and ${KEY_BYTES} bytes in base64`;
  return `begins with ${STANDARD_SECRET_PREFIX}, but is no signing token, which is ${right}; put the output of echo "${STANDARD_SECRET_PREFIX}$(openssl rand -base64 ${KEY_BYTES})"`;
}
