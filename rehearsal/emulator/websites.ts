/** The websites that a deployed pipeline calls: the health page of an environment, and the webhook of a chat. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../product';

/** The bearer token that the health page requires. */
export const HEALTH_TOKEN = 'health-0123456789';

/** The webhook of the chat. Requests for its host are redirected to the websites. */
export const CHAT_WEBHOOK = 'https://hooks.slack.com/services/T0000/B0000/rehearsal';

export interface Websites {
  /** `host:port`. */
  readonly address: string;
  readonly healthUrl: string;
  /** Sets the next statuses of the health page; the last one stays. It starts with 200. Without the token, the status is 401. */
  answer(...statuses: readonly number[]): void;
  /** Returns the number of requests for the health page that had the token. */
  requests(): number;
  /** The bodies that were posted to the chat, in order. */
  readonly posts: readonly string[];
  stop(): Promise<void>;
}

/** Starts both websites on one port of loopback. */
export async function startWebsites(): Promise<Websites> {
  let statuses: readonly number[] = [200];
  let requests = 0;
  const posts: string[] = [];
  const health = (authorization: string | undefined) => {
    if (authorization !== `Bearer ${HEALTH_TOKEN}`) return 401;
    requests += 1;
    const [status = 200, ...rest] = statuses;
    if (rest.length > 0) statuses = rest;
    return status;
  };
  const server = createServer(async (request, response) => {
    if (request.url === '/health') {
      response.writeHead(health(request.headers.authorization)).end('{"status":"up"}');
    } else {
      posts.push(await text(request));
      response.writeHead(request.url === new URL(CHAT_WEBHOOK).pathname ? 200 : 404).end('ok');
    }
  });
  const { port, close } = await listenOnLoopback(server, 0, '');
  const address = `127.0.0.1:${port}`;
  return {
    address,
    healthUrl: `http://${address}/health`,
    answer: (...next) => {
      statuses = next;
    },
    requests: () => requests,
    posts,
    stop: close,
  };
}
