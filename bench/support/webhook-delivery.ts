/** A signed push as GitHub sends it, for the webhook's bench. */
import { createHmac } from 'node:crypto';

/** A large, ordinary push: about 30 kB. */
const COMMITS = 100;

export interface BenchPush {
  readonly ref: string;
  readonly after: string;
}

/** Headers and body of the delivery. */
export function signedPush(
  { ref, after }: BenchPush,
  secret: string,
): { headers: Record<string, string>; body: string } {
  const commits = Array.from({ length: COMMITS }, (_, index) => ({
    id: index.toString(16).padStart(40, 'b'),
    message: `change ${index}: ${'x'.repeat(150)}`,
    added: [],
    modified: [`service${index}/main.py`, `service${index}/Dockerfile`],
    removed: [],
  }));
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_000 };
  const body = JSON.stringify({ ref, before: 'c'.repeat(40), after, repository, commits });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': after,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return { headers, body };
}

/** The same as API Gateway hands it to the function. */
export function httpEvent(push: BenchPush, secret: string) {
  const { headers, body } = signedPush(push, secret);
  return { headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}
