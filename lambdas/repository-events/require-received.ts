/** Turns the reply to an event that has to be delivered again into an error. */
import type { WebhookReply } from '../webhook/delivery';

/** Returns the reply. Throws if another delivery would help, which Lambda then makes. */
export function requireReceived(reply: WebhookReply): WebhookReply {
  if (reply.result !== 'failed') return reply;
  throw new Error(`${reply.reason}${reply.log?.error === undefined ? '' : `: ${reply.log.error}`}`);
}
