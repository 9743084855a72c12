/** A token service with a registry behind it, as Docker Hub, GHCR and GitLab have one: bearer tokens by scope, and a login. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { endToEnd, forward } from '../http/fault-proxy-forward';
import { listen } from '../http/listen';
import type { TokenDialect } from './token-dialects';

export interface TokenServiceOptions {
  /** The user who may push. Everybody may pull unless `anonymous` is false. */
  readonly username: string;
  readonly password: string;
  readonly anonymous?: boolean;
  /** Default: the specification's, by leaving it out of the reply. */
  readonly expiresIn?: number;
  /** The field of the reply that holds the token; services differ. */
  readonly field?: 'token' | 'access_token';
  /** The realm of the challenge; default: this service. */
  readonly realm?: string;
  /** The path of the realm, and the service of the challenge. */
  readonly path?: string;
  readonly service?: string;
  /** How this service differs from the specification. */
  readonly dialect?: TokenDialect;
  /** What everybody may pull if `anonymous` is false. */
  readonly publicRepository?: string;
}

export interface TokenService {
  readonly host: string;
  /** One entry for each token asked for: its scopes, and who asked. */
  readonly asked: readonly {
    readonly scopes: readonly string[];
    readonly user: string | undefined;
    readonly service: string | null;
  }[];
  /** Every request to the registry: what it was, and how it was answered. */
  readonly answered: readonly { readonly method: string; readonly url: string; readonly status: number }[];
  /** Makes every token that was given so far invalid. */
  revoke(): void;
  close(): Promise<void>;
}

const SERVICE = 'registry.test';

/** As in the specification. */
const STANDARD: TokenDialect = { splitsScopes: true };

/** Starts the service in front of `upstream` (`http://host:port`). */
export async function startTokenService(upstream: string, options: TokenServiceOptions): Promise<TokenService> {
  const { path = '/token', service = SERVICE, dialect = STANDARD } = options;
  const { wrongLogin, withoutScope, nothingAllowed } = { wrongLogin: 401, ...dialect };
  const tokens = new Map<string, ReadonlySet<string>>();
  const asked: TokenService['asked'][number][] = [];
  const answered: TokenService['answered'][number][] = [];

  const giveToken = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams;
    const named = form.getAll('scope');
    const scopes = named.flatMap((scope) => scope.split(' '));
    const user = userOf(request, form);
    asked.push({ scopes, user: user?.name, service: form.get('service') });
    const isKnown = user !== undefined && user.name === options.username && user.password === options.password;
    if (user !== undefined && !isKnown && wrongLogin !== undefined) {
      return refuse(
        response,
        wrongLogin,
        wrongLogin === 401 ? 'UNAUTHORIZED' : 'DENIED',
        'incorrect username or password',
      );
    }
    if (!dialect.splitsScopes && named.some((scope) => scope.includes(' '))) {
      return refuse(response, 400, 'UNSUPPORTED', 'unable to decode repository and actions');
    }
    if (!isKnown && scopes.length === 0 && withoutScope !== undefined) {
      return refuse(response, withoutScope, 'DENIED', 'access forbidden');
    }
    const granted = scopes.map((scope) => grants(scope, isKnown, options));
    if (nothingAllowed !== undefined && granted.some((actions) => actions.length === 0)) {
      return refuse(response, nothingAllowed, 'DENIED', 'requested access to the resource is denied');
    }
    const token = randomUUID();
    tokens.set(token, new Set(granted.flat()));
    const expiresIn = options.expiresIn ?? dialect.expiresIn;
    const expiry = expiresIn === undefined ? {} : { expires_in: expiresIn };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ [options.field ?? 'token']: token, ...expiry }));
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://${host}`);
    if (url.pathname === path) return giveToken(request, response, url);
    const needed = neededScopes(request.method ?? 'GET', url);
    const granted = tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    const user = dialect.isBasic === true ? userOf(request, new URLSearchParams()) : undefined;
    const isUser = user?.name === options.username && user.password === options.password;
    const isAllowed = isUser || (granted !== undefined && needed.every((scope) => granted.has(scope)));
    if (isAllowed) {
      const { authorization: _, ...headers } = request.headers;
      request.headers = headers;
      const reply = await forward(request, new URL(upstream));
      answered.push({ method: request.method ?? '', url: request.url ?? '', status: reply.statusCode ?? 0 });
      response.writeHead(reply.statusCode ?? 502, endToEnd(reply.headers));
      return pipeline(reply, response);
    }
    answered.push({ method: request.method ?? '', url: request.url ?? '', status: 401 });
    const isAnswer = dialect.basicAfterToken === true && request.headers.authorization !== undefined;
    const isBasic = isAnswer || dialect.isBasic === true;
    const wanted = needed.length === 0 ? dialect.greetingScope : needed.join(' ');
    const scope = wanted === undefined ? '' : `,scope="${wanted}"`;
    const realm = options.realm ?? `http://${host}${path}`;
    const challenge = isBasic ? 'Basic realm="registry"' : `Bearer realm="${realm}",service="${service}"${scope}`;
    response.setHeader('www-authenticate', challenge);
    return refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const { host, stop } = await listen(server);
  return {
    host,
    asked,
    answered,
    revoke: () => tokens.clear(),
    close: stop,
  };
}

interface User {
  readonly name: string;
  readonly password: string;
}

function userOf(request: IncomingMessage, form: URLSearchParams): User | undefined {
  if (form.get('grant_type') === 'refresh_token') return { name: '<token>', password: form.get('refresh_token') ?? '' };
  const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { name, password: rest.join(':') };
}

/** `repository:a/b:pull,push` -> what of it this user gets, one action each. */
function grants(
  scope: string,
  isKnown: boolean,
  { anonymous = true, publicRepository }: TokenServiceOptions,
): readonly string[] {
  const [type, name = '', actions = ''] = scope.split(':');
  // Nobody here has the repository that GHCR's placeholder names.
  if (name === 'user/image') return [];
  return actions
    .split(',')
    .filter((action) => isKnown || ((anonymous || name === publicRepository) && action === 'pull'))
    .map((action) => `${type}:${name}:${action}`);
}

function neededScopes(method: string, { pathname, searchParams }: URL): readonly string[] {
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(pathname)?.[1];
  if (repository === undefined) return [];
  const name = repository.replace(/\/blobs$/, '');
  const actions = method === 'GET' || method === 'HEAD' ? ['pull'] : ['pull', 'push'];
  const from = searchParams.get('from');
  return [
    ...actions.map((action) => `repository:${name}:${action}`),
    ...(from === null ? [] : [`repository:${from}:pull`]),
  ];
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
