/** Signatures of webhook deliveries, checked over the raw bytes and in constant time. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The form of `X-Hub-Signature-256`. Two header values, joined by a comma on their way, do not have it. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * True if one of the secrets signed the body. GitHub, Gitea and Forgejo sign this way:
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. An empty secret signs nothing.
 */
export function isSigned(body: Uint8Array, header: string | undefined, secrets: readonly string[]): boolean {
  const [, given] = SIGNATURE.exec(header ?? '') ?? [];
  if (given === undefined) return false;
  const signature = Buffer.from(given, 'hex');
  const matches = secrets
    .filter((secret) => secret !== '')
    .map((secret) => timingSafeEqual(signature, createHmac('sha256', secret).update(body).digest()));
  return matches.includes(true);
}
