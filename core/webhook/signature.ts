/**
 * Signatures of webhook deliveries, checked over the raw bytes and in constant time. An empty secret signs nothing.
 *
 * The libraries take text. A body in UTF-8 corresponds one to one to its text, byte order mark included. The signature of the text is therefore
 * that of the bytes. `docs/decisions/006` has the parts that the libraries leave to this file.
 */
import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** An ES module, which CommonJS can load only in this way. */
const octokit = import('@octokit/webhooks-methods');

/** The form of `X-Hub-Signature-256`. Two values that were joined by a comma do not match it. */
const HUB_SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * Returns true if one of the secrets signed the body. GitHub, Gitea and Forgejo sign this way:
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

/** The prefix of secrets of this scheme; the rest is base64. */
export const STANDARD_SECRET_PREFIX = 'whsec_';

/** The allowed difference between the clocks, in ms; older deliveries may be replays. */
const TOLERANCE = 5 * 60 * 1000;

/** Characters of the header that are read: about twenty signatures. */
const LONGEST_HEADER = 1000;

/**
 * Returns true if one of the secrets signed `id.timestamp.body` within the last minutes: https://www.standardwebhooks.com. The header may hold several
 * signatures, separated by spaces, while the sender changes its key. `now` is in ms since 1970.
 */
export async function hasStandardSignature(
  body: Uint8Array,
  { id, timestamp = '', signature = '' }: StandardSignature,
  secrets: readonly string[],
  now: number,
): Promise<boolean> {
  if (!id || !/^(0|[1-9]\d{0,11})$/.test(timestamp)) return false;
  const time = Number(timestamp) * 1000;
  if (Math.abs(now - time) > TOLERANCE) return false;
  const given = signature.slice(0, LONGEST_HEADER).split(' ');
  const text = textOf(body);
  return anyOf(secrets, (secret) => {
    const key = Buffer.from(secret.slice(STANDARD_SECRET_PREFIX.length), 'base64');
    if (key.length === 0) return false;
    const right =
      text === undefined
        ? `v1,${hmac(key, Buffer.from(`${id}.${timestamp}.`), body).toString('base64')}`
        : // Its `verify` reads the system's clock, so the time is checked above and only `sign` is used.
          new Webhook(key, { format: 'raw' }).sign(id, new Date(time), text);
    return given.map((each) => isSame(each, right)).includes(true);
  });
}

/** Returns true if the token is one of the secrets. */
export function isToken(token = '', secrets: readonly string[]): Promise<boolean> {
  return anyOf(secrets, (secret) => isSame(token, secret));
}

/** Checks every secret, also after a match, so that the time reveals nothing. */
async function anyOf(
  secrets: readonly string[],
  matches: (secret: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const answers = await Promise.all(secrets.filter((secret) => secret !== '').map(matches));
  return answers.includes(true);
}

/** Returns undefined for bytes that are not UTF-8. */
function textOf(body: Uint8Array): string | undefined {
  return isUtf8(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') : undefined;
}

/** For bodies that the libraries do not take. If such a request is authentic, the reply says what is wrong with it. */
function hmac(key: string | Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest();
}

/** Compares texts of any length in constant time. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The only length of a signing token that GitLab accepts: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325 */
const KEY_BYTES = 32;

/** Returns true for a secret that only signs; any other is a plain token, which GitLab sends with each delivery. */
export function isSigningToken(secret: string): boolean {
  return secret.startsWith(STANDARD_SECRET_PREFIX);
}

/** Returns the problem of a signing token, without the token, as the end of a sentence; undefined if GitLab can sign with it. */
export function signingTokenProblem(secret: string): string | undefined {
  const encoded = secret.slice(STANDARD_SECRET_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.length === KEY_BYTES && key.toString('base64') === encoded) return undefined;
  const right = `${STANDARD_SECRET_PREFIX} and ${KEY_BYTES} bytes in base64`;
  return `begins with ${STANDARD_SECRET_PREFIX}, but is not a signing token, which is ${right}; put the output of echo "${STANDARD_SECRET_PREFIX}$(openssl rand -base64 ${KEY_BYTES})"`;
}
