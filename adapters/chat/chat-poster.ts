/** Posts messages to the webhooks of chats. Their addresses are secrets: whoever has one can post, so that no error holds more than the host. */

import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { ChatPoster, Message } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';
import { slackMessage, teamsMessage } from '../../core/report/chat-messages';
import type { Chat } from '../../core/settings/schema';
import { createHttpClient } from '../http/http-client';
import { HttpError } from '../http/http-error';

export interface ChatPosterOptions {
  /** The secret's text: `{"slack": "https://...", "teams": "https://..."}`. */
  readonly addresses: () => Promise<string>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Allows http, and this machine. */
  readonly allowLoopback: boolean;
}

const BODIES: Readonly<Record<Chat, (message: Message) => object>> = { slack: slackMessage, teams: teamsMessage };

/** A message in a chat is worth a second try, and being there twice in the worst case. */
export function createChatPoster({ addresses, ...options }: ChatPosterOptions): ChatPoster {
  const client = createHttpClient({ ...options, errorName: ERROR_NAMES.notice, timeout: 10_000 });
  return {
    post: async (chat, message) => {
      const url = addressOf(chat, await addresses(), options.allowLoopback);
      const request = {
        method: 'POST' as const,
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(BODIES[chat](message)),
        // Slack answers 200, a workflow of Teams 202.
        expect: [200, 202],
        repeatable: true,
        secrets: [url.href, url.pathname, url.search],
      };
      try {
        await client.exchange(request, async (reply) => void reply.body.resume());
      } catch (error) {
        throw withoutAddress(chat, url, error);
      }
    },
  };
}

function addressOf(chat: Chat, secret: string, allowLoopback: boolean): URL {
  const address = fieldOf(secret, chat);
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'https:' || allowLoopback)) return url;
  const message = `the secret of chats has no address for ${chat}; put {"${chat}": "https://..."} into it: aws secretsmanager put-secret-value`;
  throw new PipelineError(ERROR_NAMES.notice, message);
}

function fieldOf(secret: string, name: string): unknown {
  try {
    return Object(JSON.parse(secret))[name];
  } catch {
    return undefined;
  }
}

/** The path of the address is what makes it a secret, and the cause has it. */
function withoutAddress(chat: Chat, url: URL, error: unknown): PipelineError {
  const { status, code } = error instanceof HttpError ? error : { status: undefined, code: undefined };
  const found = [status, code].filter((part) => part !== undefined).join(' ') || 'no answer';
  const hint =
    status === 404 || status === 410 ? '; make a new webhook and put its address into the secret of chats' : '';
  return new PipelineError(ERROR_NAMES.notice, `${chat} did not take a notice: ${url.host} answered ${found}${hint}`);
}
