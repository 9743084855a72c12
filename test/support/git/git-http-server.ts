/** A real git server on loopback: git's own `http-backend`, with faults and other replies injected by tests. */
import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { listen } from '../http/listen';
import { gitEnvironment } from './git-repository';

/** `reset` breaks the connection before git gets the request, `lost` loses the reply, and `cut` sends half of it. */
export type GitFault =
  | 'reset'
  | 'lost'
  | 'cut'
  | 'html'
  /** With `isApplied`, git processes the request and a gateway replies instead. */
  | { readonly status: number; readonly isApplied?: boolean; readonly location?: string };

export interface GitHttpServer {
  readonly url: string;
  /** Requested paths below the project, in order. */
  readonly requests: string[];
  fault: (path: string) => GitFault | undefined;
  stop(): Promise<void>;
}

export interface GitHttpOptions {
  /** A bare repository. */
  readonly repository: string;
  /** The path of the repository in the URL, without the leading slash (`group/name.git`). */
  readonly path: string;
  /** The required `Authorization` header of git requests. */
  readonly authorization: string | ((header: string | undefined, host: string | undefined) => boolean);
  /** False for a server without partial clones. */
  readonly hasFilters?: boolean;
  /** 0 for a server without version 2 of the protocol. */
  readonly protocol?: 0 | 2;
  /** Returns the server's message about a fetch that it refuses. */
  readonly refuses?: (body: string) => string | undefined;
  /** Replies to all other requests. */
  readonly other: (request: IncomingMessage, response: ServerResponse) => void;
}

const BACKEND = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
/** The settings of GitLab: partial clones, any object by its id, and pushes. */
const CONFIG = {
  'uploadpack.allowFilter': 'true',
  'uploadpack.allowAnySHA1InWant': 'true',
  'http.receivepack': 'true',
  'safe.directory': '*',
};

export async function startGitHttpServer(options: GitHttpOptions): Promise<GitHttpServer> {
  const { repository, path, authorization, other, hasFilters = true, protocol = 2, refuses } = options;
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    if (!url.startsWith(`/${path}/`)) {
      requests.push(url);
      if (served.fault(url) === 'reset') return void request.socket.destroy();
      return void other(request, response);
    }
    const below = url.slice(path.length + 2);
    requests.push(below);
    const fault = served.fault(below);
    if (fault === 'reset') return void request.socket.destroy();
    const isGateway = typeof fault === 'object';
    const location = isGateway && fault.location !== undefined ? { location: fault.location } : {};
    if (isGateway && fault.isApplied !== true) return void response.writeHead(fault.status, location).end();
    if (fault === 'html') return void response.writeHead(200).end('<html>log in</html>');
    const { authorization: login, host } = request.headers;
    const isAllowed = typeof authorization === 'string' ? login === authorization : authorization(login, host);
    if (!isAllowed) return void response.writeHead(401).end('HTTP Basic: denied');
    const content = await buffer(request);
    const refusal = below.startsWith('git-upload-pack') ? refuses?.(content.toString('latin1')) : undefined;
    if (refusal !== undefined) return void response.writeHead(400).end(refusal);
    const reply = await runBackend({ repository, hasFilters, protocol }, below, request, content);
    if (fault === 'lost') return void request.socket.destroy();
    if (isGateway) return void response.writeHead(fault.status).end();
    const body = fault === 'cut' ? reply.body.subarray(0, reply.body.length / 2) : reply.body;
    response.writeHead(reply.status, reply.headers).end(body);
  });
  const { url, stop } = await listen(server);
  const served: GitHttpServer = {
    url,
    requests,
    fault: () => undefined,
    stop,
  };
  return served;
}

/** https://git-scm.com/docs/git-http-backend: CGI. */
async function runBackend(
  { repository, hasFilters, protocol }: Pick<GitHttpOptions, 'repository' | 'hasFilters' | 'protocol'>,
  url: string,
  request: IncomingMessage,
  content: Buffer,
) {
  const [path = '', query = ''] = url.split('?');
  const settings = Object.entries({ ...CONFIG, 'uploadpack.allowFilter': String(hasFilters) });
  const child = spawn(BACKEND, {
    env: {
      ...gitEnvironment(),
      ...Object.fromEntries(
        settings.flatMap(([key, value], i) => [
          [`GIT_CONFIG_KEY_${i}`, key],
          [`GIT_CONFIG_VALUE_${i}`, value],
        ]),
      ),
      GIT_CONFIG_COUNT: String(settings.length),
      GIT_PROJECT_ROOT: repository,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: protocol === 0 ? '' : String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: `/${path}`,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'pipeline',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(content);
  const output = await buffer(child.stdout);
  const end = output.indexOf('\r\n\r\n');
  const headers = output
    .toString('latin1', 0, end)
    .split('\r\n')
    .map((line) => line.split(': ') as [string, string]);
  const { Status, ...rest } = Object.fromEntries(headers);
  return { status: Number.parseInt(Status ?? '200', 10), headers: rest, body: output.subarray(end + 4) };
}
