/** Posts messages to the webhooks of chats. An address is a secret, because it allows to post, so errors contain only its host. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { ChatPoster, Message } from '../../core/ports/runs';
import type { Clock } from '../../core/ports/store';
import { slackMessage, teamsMessage } from '../../core/report/notice';
import type { Chat } from '../../core/settings/schema';
import { parseJson } from '../../core/text/json';
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

/** Creates a poster. It retries, so that a message may appear twice in the worst case. */
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
  const address = Object(parseJson(secret))[chat];
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'https:' || allowLoopback)) return url;
  const message = `the secret of chats has no valid address for ${chat}; put {"${chat}": "https://..."} into it: aws secretsmanager put-secret-value`;
  throw new PipelineError(ERROR_NAMES.notice, message);
}

/** The error has no cause, which contains the secret path of the address. */
function withoutAddress(chat: Chat, url: URL, error: unknown): PipelineError {
  const { status, code } = error instanceof HttpError ? error : { status: undefined, code: undefined };
  const found = [status, code].filter((part) => part !== undefined).join(' ') || 'no answer';
  const hint =
    status === 404 || status === 410 ? '; make a new webhook and put its address into the secret of chats' : '';
  return new PipelineError(ERROR_NAMES.notice, `${chat} did not accept a notice: ${url.host} answered ${found}${hint}`);
}
