/** One HTTP request of a git host, and the reply. */
import type { WebhookHeaders } from '../../core/webhook/payload';

/** A request with the raw bytes of its body. */
export interface Delivery {
  readonly headers: WebhookHeaders;
  readonly body: Buffer;
}

/**
 * `ignored`: authentic, but nothing to do. `refused`: not authentic, or not a delivery. `failed`: the git host or a person should deliver
 * it again.
 */
export interface WebhookReply {
  readonly status: 200 | 202 | 400 | 401 | 413 | 415 | 503;
  readonly result: 'started' | 'already' | 'ignored' | 'refused' | 'failed';
  readonly reason: string;
  readonly run?: string;
  /** Facts for the log: never the body, the signature or other headers. */
  readonly log?: Readonly<Record<string, string | number>>;
}

/**
 * The reply if AWS takes too long; git hosts wait 10 s. A run may have been started all the same. A second delivery does not start another.
 */
export const LATE: WebhookReply = {
  status: 503,
  result: 'failed',
  reason: 'no answer in time; a run may have been started, and another delivery starts no second one; deliver again',
};

/** An event of API Gateway (HTTP API, payload version 2.0), as far as it is used. */
export interface HttpEvent {
  readonly headers: WebhookHeaders;
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

/** A larger body is refused without being read. A push payload has some kilobytes, rarely some hundred. */
export const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

/** Returns the request with its raw bytes, or undefined if the body is too large. */
export function deliveryOf({ headers, body = '', isBase64Encoded }: HttpEvent): Delivery | undefined {
  // In base64, 4 characters stand for 3 bytes, of which up to 2 are padding.
  const smallest = isBase64Encoded ? (body.length / 4) * 3 - 2 : body.length;
  if (smallest > LARGEST_BODY_BYTES) return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return bytes.length > LARGEST_BODY_BYTES ? undefined : { headers, body: bytes };
}

/** Returns the reply. Throws if another delivery would help, which Lambda then makes. */
export function requireReceived(reply: WebhookReply): WebhookReply {
  if (reply.result !== 'failed') return reply;
  throw new Error(`${reply.reason}${reply.log?.error === undefined ? '' : `: ${reply.log.error}`}`);
}
