/** A server with scripted answers that remembers its requests. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../http/listen';

/** One request, read to its end. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface ScriptedRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Starts the server. Requests that `answer` does not answer get 200 for `GET /v2/` and 404 for anything else. */
export async function startScriptedRegistry(
  answer: (asked: Asked, nth: number) => Answer | undefined,
): Promise<ScriptedRegistry> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const body = await buffer(request).catch(() => undefined);
    // The client has broken it off.
    if (body === undefined) return;
    const one = { method, url, headers, body };
    asked.push(one);
    const nth = asked.filter((other) => other.method === method && other.url === url).length;
    const { status, headers: extra = {}, body: text } = answer(one, nth) ?? { status: url === '/v2/' ? 200 : 404 };
    response.writeHead(status, extra as Record<string, string>);
    response.end(method === 'HEAD' ? undefined : text);
  });
  const { host, stop } = await listen(server);
  return {
    host,
    asked,
    close: stop,
  };
}
