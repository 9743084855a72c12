/** Signatures of webhook deliveries, checked over the raw bytes and in constant time. An empty secret vouches for nothing. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The form of `X-Hub-Signature-256`. Two header values, joined by a comma on their way, do not have it. */
const HUB_SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * True if one of the secrets signed the body. GitHub, Gitea and Forgejo sign this way:
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function hasHubSignature(body: Uint8Array, header: string | undefined, secrets: readonly string[]): boolean {
  const [, given] = HUB_SIGNATURE.exec(header ?? '') ?? [];
  if (given === undefined) return false;
  const signature = Buffer.from(given, 'hex');
  return anyOf(secrets, (secret) => isSame(signature, createHmac('sha256', secret).update(body).digest()));
}

/** The headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`. */
export interface StandardSignature {
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
export function hasStandardSignature(
  body: Uint8Array,
  { id, timestamp, signature }: StandardSignature,
  secrets: readonly string[],
  now: number,
): boolean {
  if (id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE) return false;
  const given = (signature ?? '')
    .slice(0, 1000)
    .split(' ')
    .filter((each) => /^v1,[A-Za-z0-9+/]{43}=$/.test(each))
    .map((each) => Buffer.from(each.slice('v1,'.length), 'base64'));
  return anyOf(secrets, (secret) => {
    const key = Buffer.from(secret.slice(STANDARD_SECRET_PREFIX.length), 'base64');
    const right = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return key.length > 0 && given.map((each) => isSame(each, right)).includes(true);
  });
}

/** True if the token is one of the secrets. */
export function isToken(token: string | undefined, secrets: readonly string[]): boolean {
  if (token === undefined) return false;
  return anyOf(secrets, (secret) => isSame(hashOf(token), hashOf(secret)));
}

/** Asks about every secret, whatever the answers, so that the time tells nothing. */
function anyOf(secrets: readonly string[], vouches: (secret: string) => boolean): boolean {
  return secrets
    .filter((secret) => secret !== '')
    .map(vouches)
    .includes(true);
}

/** Both have the length of a sha256. */
function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
