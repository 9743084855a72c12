/** An HTTP host on loopback that answers by a table: `METHOD /path` to a reply. Any other request gets 404. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Exchange } from '../git-hosts/fake-github';
import { listen } from './listen';

export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ScriptedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly query: URLSearchParams;
}

export interface ScriptedHost {
  readonly host: string;
  readonly url: string;
  readonly replies: Map<string, ScriptedReply | ((request: ScriptedRequest) => ScriptedReply)>;
  /** Every call with its answer, in order. */
  readonly exchanges: Exchange[];
  stop(): Promise<void>;
}

/** Starts it with these replies. */
export async function startScriptedHost(
  replies: ConstructorParameters<typeof Map<string, ScriptedReply>>[0] = [],
): Promise<ScriptedHost> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://host');
    const body = (await buffer(request)).toString('utf8');
    const found = scripted.replies.get(`${request.method} ${decodeURIComponent(url.pathname)}`);
    const reply =
      typeof found === 'function'
        ? found({ headers: request.headers, body, query: url.searchParams })
        : (found ?? { status: 404, body: { message: 'Not Found' } });
    const { status = 200, headers = {} } = reply;
    const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
    scripted.exchanges.push({ method: request.method ?? '', path: request.url ?? '', body, status, reply: text });
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(request.method === 'HEAD' ? undefined : text);
  });
  const { host, url, stop } = await listen(server);
  const scripted: ScriptedHost = {
    host,
    url,
    replies: new Map(replies),
    exchanges: [],
    stop,
  };
  return scripted;
}
