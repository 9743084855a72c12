/**
 * Sends one request by Node's own http and https, and follows redirects. `fetch` is not used. It closes the connection after
 * every HEAD, of which a release makes one per image. It also decodes bodies that must stay as they are.
 */
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { redactUrl } from '../../core/text/redact';
import { type AddressRules, whyNotAllowed } from './allowed-address';
import { UnusableReplyError } from './http-error';
import { discardBody, type HttpBody, type HttpHeaders, type HttpReply, type HttpRequest } from './http-request';
import type { TunnelTo } from './proxy';

/** Keep connections open between requests; one for each protocol. */
export interface Agents {
  readonly http: Agent;
  readonly https: Agent;
  /** Default: all addresses are reached directly. */
  readonly tunnel?: TunnelTo;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const MAX_REDIRECTS = 5;

const CREDENTIALS = /^(?:authorization|cookie|private-token)$/i;

/**
 * Returns the first reply that is no redirect. Only redirects of GET and HEAD are followed. Credentials go to no other host, port or
 * protocol than the request's. Throws `UnusableReplyError` for a redirect that must not be followed, `TimeoutError`, and Node's errors.
 */
export async function followRedirects(
  request: HttpRequest,
  timeout: number,
  agents: Agents,
  rules: AddressRules,
): Promise<HttpReply> {
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    const reply = await sendRequest(current, timeout, agents);
    const location = reply.headers.get('location');
    if (!REDIRECTS.has(reply.status) || request.expect.includes(reply.status) || location === null) return reply;
    discardBody(reply);
    const next = target(location, current.url);
    const problem = whyRefused(request, next, redirects, rules);
    if (problem !== undefined)
      throw new UnusableReplyError('REDIRECT', `a redirect to ${redactUrl(next)} is not followed: ${problem}`);
    const headers = current.headers ?? {};
    current = {
      ...current,
      url: next,
      headers: next.origin === current.url.origin ? headers : withoutCredentials(headers),
    };
  }
}

function whyRefused(request: HttpRequest, next: URL, redirects: number, rules: AddressRules): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'only reads are redirected';
  if (redirects >= MAX_REDIRECTS) return `it is the ${redirects + 1}th in a row`;
  return whyNotAllowed(next, request.url.host, rules);
}

function target(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch {
    throw new UnusableReplyError('REDIRECT', 'the server redirects to something that is not a URL');
  }
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.test(name)));
}

/** A connection that moves nothing for so long is dead, in ms. */
const LONGEST_SILENCE = 5 * 60_000;

/** The whole reply did not come in time. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Sends the request and returns the reply, both as they are. Rejects with Node's errors or `TimeoutError`. */
async function sendRequest(request: HttpRequest, timeout: number, agents: Agents): Promise<HttpReply> {
  const { method, url, body } = request;
  const bytes = body === undefined || typeof body === 'function' ? undefined : bytesOf(body);
  // Before the body is opened: a body that is not read would stay open.
  const tunnel = await agents.tunnel?.(url);
  const stream = typeof body === 'function' ? await open(body) : undefined;
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      ...addressOf(url),
      method,
      headers: {
        'accept-encoding': 'gzip',
        'user-agent': 'monorepo-image-pipeline',
        ...(bytes === undefined ? {} : { 'content-length': String(bytes.length) }),
        ...request.headers,
      },
      agent: tunnel?.agent ?? (isSecure ? agents.https : agents.http),
      ...tunnel?.tls,
      timeout: LONGEST_SILENCE,
    };
    const outgoing = isSecure ? httpsRequest(options) : httpRequest(options);
    const stopTimer = limitTime(outgoing, timeout);
    outgoing.on('error', (error) => {
      stopTimer();
      stream?.destroy();
      reject(error);
    });
    outgoing.on('response', (incoming) => {
      incoming.once('close', stopTimer);
      if (stream !== undefined) stopSending(outgoing, stream, incoming);
      resolve(replyOf(incoming, url));
    });
    if (stream === undefined) outgoing.end(bytes);
    else stream.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
  });
}

/** Returns the URL as Node's request options. Given the URL itself, Node would copy the whole object for every request. */
function addressOf(url: URL): RequestOptions {
  const { protocol, hostname, port, pathname, search, username, password } = url;
  return {
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: `${pathname}${search}`,
    ...(username === '' && password === ''
      ? {}
      : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
}

function bytesOf(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

async function open(body: Extract<HttpBody, () => unknown>): Promise<Readable> {
  const opened = await body();
  return opened instanceof Readable ? opened : Readable.fromWeb(opened as Parameters<typeof Readable.fromWeb>[0]);
}

/** Ends the request, or the reply if that is what hangs, after the timeout in ms. Returns a function that cancels this. */
function limitTime(outgoing: ClientRequest, timeout: number): () => void {
  let incoming: IncomingMessage | undefined;
  outgoing.once('response', (reply) => {
    incoming = reply;
  });
  const stop = () => (incoming ?? outgoing).destroy(new TimeoutError('no complete answer in time'));
  outgoing.on('timeout', stop);
  if (timeout === Number.POSITIVE_INFINITY) return () => undefined;
  const timer = setTimeout(stop, timeout);
  return () => clearTimeout(timer);
}

/** Stops a body whose reply came before its end, which is a refusal. The connection is not used again. */
function stopSending(outgoing: ClientRequest, stream: Readable, incoming: IncomingMessage): void {
  if (outgoing.writableEnded) return;
  stream.unpipe(outgoing);
  stream.destroy();
  incoming.once('close', () => outgoing.destroy());
}

function replyOf(incoming: IncomingMessage, url: URL): HttpReply {
  // A body that was discarded may end in any way.
  incoming.on('error', () => undefined);
  const isGzip = incoming.headers['content-encoding'] === 'gzip' && incoming.statusCode !== 204;
  return {
    status: incoming.statusCode ?? 0,
    url,
    headers: headersOf(incoming),
    body: isGzip ? unzip(incoming) : incoming,
  };
}

function unzip(incoming: IncomingMessage): Readable {
  const unzipped = createGunzip();
  unzipped.on('error', () => incoming.destroy());
  incoming.on('error', (error) => unzipped.destroy(error));
  return incoming.pipe(unzipped);
}

function headersOf({ headers }: IncomingMessage): HttpHeaders {
  const get = (name: string) => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  };
  return { get, has: (name) => get(name) !== null };
}
