/** What a deployed pipeline asks outside of AWS besides git: the health page of an environment, and the webhook of a chat. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../product';

/** The login that the health page wants, as a person would store it. */
export const HEALTH_TOKEN = 'health-0123456789';

/** The webhook of the chat. Requests for its host are led to the websites. */
export const CHAT_WEBHOOK = 'https://hooks.slack.com/services/T0000/B0000/rehearsal';

export interface Websites {
  /** `host:port`. */
  readonly address: string;
  readonly healthUrl: string;
  /** Statuses of the health page from now on, the last one for good. It begins with 200. Without the login it is 401. */
  answer(...statuses: readonly number[]): void;
  /** Requests of the health page that had the login. */
  asked(): number;
  /** Bodies that were posted to the chat, in order. */
  readonly posts: readonly string[];
  stop(): Promise<void>;
}

/** Starts both on one port of loopback. */
export async function startWebsites(): Promise<Websites> {
  let statuses: readonly number[] = [200];
  let asked = 0;
  const posts: string[] = [];
  const health = (authorization: string | undefined) => {
    if (authorization !== `Bearer ${HEALTH_TOKEN}`) return 401;
    asked += 1;
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
    asked: () => asked,
    posts,
    stop: close,
  };
}
