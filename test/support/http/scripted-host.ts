/** An HTTP host on loopback that answers by a table: `METHOD /path` to a reply. Any other request gets 404. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Exchange } from '../git-hosts/fake-github';

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
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scripted: ScriptedHost = {
    host,
    url: `http://${host}`,
    replies: new Map(replies),
    exchanges: [],
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return scripted;
}
