/** A fake git host on loopback: a real git server, and an API whose calls are recorded. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Exchange } from '../git-hosts/fake-github';
import { type GitHttpServer, startGitHttpServer } from './git-http-server';
import type { TestRepository } from './git-repository';

/** A call of the API, with its path and query below the repository. The path is decoded. */
export interface ApiCall {
  /** `GET /hooks`. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, never>>;
}

export interface ApiAnswer {
  readonly status: number;
  /** Bytes, or what becomes JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True if the connection breaks before the reply. */
  readonly isLost?: boolean;
}

export const NOT_FOUND: ApiAnswer = { status: 404, body: { type: 'error', error: { message: 'not found' } } };

interface GitApiOptions {
  readonly repository: TestRepository;
  /** The path of the repository for git, without the leading slash. */
  readonly gitPath: string;
  /** The path of the repository in the API, with the leading slash. */
  readonly apiPath: string;
  /** The part of `apiPath` that the published description leaves out. */
  readonly prefix: string;
  /** The required `Authorization` headers. */
  readonly gitLogin: string;
  readonly apiLogins: readonly string[];
  readonly hasFilters?: boolean;
  readonly protocol?: 0 | 2;
  readonly refuses?: (body: string) => string | undefined;
  readonly answer: (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;
}

export interface GitApiServer extends GitHttpServer {
  /** All calls of the API with a right login, for the comparison with its description. */
  readonly exchanges: Exchange[];
  /** True if the connection breaks before the reply to a call that makes something; `once` for the next one only. */
  losesReplies: boolean | 'once';
}

/** Starts the server. */
export async function startGitApiServer(options: GitApiOptions): Promise<GitApiServer> {
  const { repository, gitPath, gitLogin, apiLogins, hasFilters = true, protocol = 2, refuses } = options;
  const exchanges: Exchange[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    if (!apiLogins.includes(request.headers.authorization ?? '')) return void response.writeHead(401).end('{}');
    const call = callOf(options.apiPath, request, body);
    const { status, headers, isLost = false, ...content } = await options.answer(call);
    const bytes = Buffer.isBuffer(content.body) ? content.body : undefined;
    const answer = bytes ?? (content.body === undefined ? '' : JSON.stringify(content.body));
    const path = (request.url ?? '').slice(options.prefix.length);
    exchanges.push({ method: request.method ?? '', path, body, status, reply: answer.toString() });
    if (isLost) return void request.socket.destroy();
    if (request.method === 'POST' && served.losesReplies !== false) {
      if (served.losesReplies === 'once') served.losesReplies = false;
      return void request.socket.destroy();
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(answer);
  };
  const server = await startGitHttpServer({
    repository: repository.path,
    path: gitPath,
    authorization: gitLogin,
    hasFilters,
    protocol,
    ...(refuses === undefined ? {} : { refuses }),
    other: (request, response) => void reply(request, response),
  });
  const served: GitApiServer = Object.assign(server, { exchanges, losesReplies: false });
  return served;
}

function callOf(apiPath: string, { method, url = '' }: IncomingMessage, body: string): ApiCall {
  const { pathname, searchParams } = new URL(url, 'http://api');
  const path = decodeURIComponent(pathname);
  const below = path.startsWith(apiPath) ? path.slice(apiPath.length) : `outside ${path}`;
  return { name: `${method} ${below}`, query: searchParams, body: body === '' ? {} : JSON.parse(body) };
}
