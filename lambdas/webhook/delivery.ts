/** One HTTP request of a git host as it came, and what is answered. */
import type { WebhookHeaders } from '../../core/webhook/payload';

/** `body` has the raw bytes. */
export interface Delivery {
  readonly headers: WebhookHeaders;
  readonly body: Buffer;
}

/**
 * `ignored`: authentic, and nothing to do. `refused`: not authentic, or no delivery at all. `failed`: the git host or a person
 * should deliver it again.
 */
export interface WebhookReply {
  readonly status: 200 | 202 | 400 | 401 | 413 | 415 | 503;
  readonly result: 'started' | 'already' | 'ignored' | 'refused' | 'failed';
  readonly reason: string;
  readonly run?: string;
  /** What may be logged: never body, signature or other headers. */
  readonly log?: Readonly<Record<string, string | number>>;
}

/** What is answered when the services that are needed do not. Git hosts wait 10 s. */
export const LATE: WebhookReply = { status: 503, result: 'failed', reason: 'no answer in time; deliver again' };

/** An event of API Gateway (HTTP API, payload version 2.0), as far as it is used. */
export interface HttpEvent {
  readonly headers: WebhookHeaders;
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

/** Bodies beyond this size are refused unread: a push payload has some kilobytes, rarely some hundred. */
export const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

/** The request with its raw bytes, or undefined if the body is too large. */
export function deliveryOf({ headers, body = '', isBase64Encoded }: HttpEvent): Delivery | undefined {
  // In base64, 4 characters stand for 3 bytes, of which up to 2 are padding.
  const smallest = isBase64Encoded ? (body.length / 4) * 3 - 2 : body.length;
  if (smallest > LARGEST_BODY_BYTES) return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return bytes.length > LARGEST_BODY_BYTES ? undefined : { headers, body: bytes };
}
