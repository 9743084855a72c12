/** Settings of a deployment that are about running it: who is told what, and when something is out of the ordinary. */
import * as z from 'zod';

/** Services with a webhook address that messages can be posted to. */
export const CHATS = ['slack', 'teams'] as const;
export type Chat = (typeof CHATS)[number];

/** Who is told about runs and alarms, besides whoever subscribes to the topic. */
export const Notices = z.strictObject({
  /** Addresses that get an e-mail for each notice, once they have confirmed the subscription. */
  emails: z.array(z.email('must be an e-mail address')).max(20).default([]),
  /** Where notices are posted. The webhook addresses are secrets and lie in the secret of the output `ChatSecretArn`. */
  chats: z.array(z.enum(CHATS)).default([]),
  /** True if runs that succeed are told, too. */
  successes: z.boolean().default(false),
});

/** From where on something is out of the ordinary. */
export const Alarms = z.strictObject({
  /** US dollars of build time within one day. */
  dollarsPerDay: z.number().positive().default(50),
  /** Minutes that a job waits for a free build machine. */
  queueMinutes: z.int().min(1).max(120).default(30),
  /** Hours that a run takes, besides waiting for an approval. */
  runHours: z.int().min(1).max(48).default(6),
});
