/** Turns anything that went wrong with a request into an `HttpError` that a person can act on. */
import type { ErrorName } from '../../core/contract/errors';
import { printWindow } from '../../core/image/exhausted-rate-limit';
import { redact, redactUrl } from '../../core/text/redact';
import { HttpError, UnusableReplyError } from './http-error';
import { type HttpHeaders, type HttpReply, type HttpRequest, readAtMost } from './http-request';
import { connectionCode, isRetryableError, isRetryableStatus } from './retry';

/** Returns the error for a reply with an unexpected status. */
export async function describeRefusal(
  name: ErrorName,
  request: HttpRequest,
  reply: HttpReply,
  { redact }: Redactor,
): Promise<HttpError> {
  const { code, message } = await readServerMessage(reply);
  const exhausted = reply.status === 429 ? describeExhaustedLimit(reply.headers) : undefined;
  return new HttpError(name, {
    method: request.method,
    url: redactUrl(request.url),
    status: reply.status,
    ...(code === undefined ? {} : { code }),
    message: exhausted ?? redact(message),
    isRetryable:
      exhausted === undefined && !blamesRequest(code) && isRetryableStatus(reply.status, isRepeatable(request)),
  });
}

/** Returns the error for anything thrown while the request was sent or its reply read. An `HttpError` stays what it is. */
export function describeFailure(
  name: ErrorName,
  request: HttpRequest,
  error: unknown,
  { redact }: Redactor,
): HttpError {
  if (error instanceof HttpError) return error;
  const code = error instanceof UnusableReplyError ? error.code : connectionCode(error);
  const failure = {
    method: request.method,
    url: redactUrl(request.url),
    ...(code === undefined ? {} : { code }),
    message: redact(describeConnectionError(code, request.url.host) ?? messageOf(error)),
    isRetryable: isRetryableError(error, isRepeatable(request)),
  };
  return new HttpError(name, failure, { cause: error });
}

function isRepeatable({ method, repeatable }: HttpRequest): boolean {
  return repeatable ?? !(method === 'POST' || method === 'PATCH');
}

/** By shape, as in `connectionCode`. */
function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message : 'the connection failed';
}

/** Codes of TLS peers whose certificate no known authority has signed (Node.js documentation, "X509 certificate error codes"). */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Codes for a peer that does not speak TLS. Node.js 20 says EPROTO for most of them. */
const NOT_TLS = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/** Returns true if the peer was asked by https and speaks something else, plain HTTP most likely. */
export function speaksNoTls({ code }: HttpError): boolean {
  return code !== undefined && NOT_TLS.has(code);
}

/** Returns true if the peer's certificate has another authority than those that are trusted. */
export function hasUnknownAuthority({ code }: { readonly code?: string | undefined }): boolean {
  return code !== undefined && UNTRUSTED.has(code);
}

/** Returns what a connection error means and what to do; undefined for codes that need no explanation. */
function describeConnectionError(code: string | undefined, host: string): string | undefined {
  if (code === undefined) return undefined;
  if (UNTRUSTED.has(code)) {
    return `the certificate of ${host} is not signed by a known authority; for an authority of your own, set NODE_EXTRA_CA_CERTS to a file with its certificate (PEM), or name the file in the setting certificateAuthorities for what runs in AWS`;
  }
  if (NOT_TLS.has(code)) return `${host} does not speak TLS; check the port, or allow plain HTTP for this host`;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${host} has expired; renew it, or check the clock of this machine`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${host} is not valid yet; check the clock of this machine`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${host} is for another name; use the name that it is for, or renew it with this one`;
    case 'ECONNREFUSED':
      return `nothing answers at ${host}; check host and port, and that the server is running`;
    case 'ENOTFOUND':
      return `there is no host ${host}; check the spelling, and the DNS of this machine`;
    case 'EAI_AGAIN':
      return `the DNS of this machine does not answer for ${host}; check the network connection`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${host} cannot be reached from here; check the network connection, VPN and firewall`;
    case 'TIMEOUT':
      return `${host} gave no complete answer in time; check that it is not overloaded, or try again later`;
    default:
      return undefined;
  }
}

/** Codes of the distribution specification that blame the request: the same request is refused again, whatever the status. */
const REQUEST_CODES = new Set([
  'BLOB_UNKNOWN',
  'DENIED',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'MANIFEST_UNVERIFIED',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'TAG_INVALID',
  'UNAUTHORIZED',
  'UNSUPPORTED',
]);

function blamesRequest(code: string | undefined): boolean {
  return code !== undefined && REQUEST_CODES.has(code);
}

/** No more of an error body is read, in bytes, so that a huge one costs nothing. */
const LARGEST_BODY = 64 * 1024;

const LONGEST_MESSAGE = 300;

const NO_REASON = 'the server gave no reason';

/** A server's own words about its error. */
interface ServerMessage {
  readonly code?: string;
  readonly message: string;
}

/** Reads the server's code and message from at most 64 KiB of the body. Never throws: a body that breaks off counts as empty. */
export async function readServerMessage(reply: HttpReply): Promise<ServerMessage> {
  const { bytes } = await readAtMost(reply, LARGEST_BODY).catch(() => ({ bytes: Buffer.alloc(0) }));
  return describeErrorBody(reply.headers.get('content-type') ?? '', bytes.toString('utf8'));
}

/** Returns the server's code and message. A body that is no JSON is named and not repeated. */
export function describeErrorBody(contentType: string, text: string): ServerMessage {
  if (text.trim() === '') return { message: NO_REASON };
  if (ASKED_WITHOUT_TLS.test(text)) return { message: 'the server speaks TLS and was asked by plain HTTP; use https' };
  try {
    return fromJson(JSON.parse(text));
  } catch {
    const isHtml = /html/i.test(contentType) || /^\s*</.test(text);
    return { message: `the server answered with ${isHtml ? 'an HTML page' : 'text'} instead of JSON` };
  }
}

/** Go, nginx, Apache and Tomcat, in this order. */
const ASKED_WITHOUT_TLS =
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL|host and port requires TLS/;

/** Reads `{errors: [...]}` (registries), `{message}` and `{error: {message}}` (git hosts), `{details}` and `{error}` (token services). */
function fromJson(reply: unknown): ServerMessage {
  if (!isRecord(reply)) return { message: NO_REASON };
  const body = isRecord(reply.error) ? reply.error : reply;
  const entries = (Array.isArray(body.errors) ? (body.errors as readonly unknown[]) : []).filter(isRecord);
  // docker-registry puts `UNKNOWN: unknown error` before the entries that explain it.
  const telling = entries.filter(({ code }) => typeof code === 'string' && !/^UNKNOWN$/i.test(code));
  const [first = body, ...more] = telling.length > 0 ? telling : entries;
  const words = [...new Set([first, ...more].map(describeEntry).filter((text) => text !== ''))];
  return {
    ...(typeof first.code === 'string' ? { code: oneLine(first.code).slice(0, 60) } : {}),
    message: words.join('; ').slice(0, LONGEST_MESSAGE) || NO_REASON,
  };
}

/** Returns message and detail of one error; of a detail that is no text, the digests in it. */
function describeEntry(entry: Readonly<Record<string, unknown>>): string {
  const { message, error_description: description, details, error, detail } = entry;
  const text = [message, description, details, error].find((word) => typeof word === 'string' && word !== '');
  if (typeof text !== 'string') return '';
  const more =
    typeof detail === 'string'
      ? detail
      : [...new Set(JSON.stringify(detail ?? '').match(/sha256:[0-9a-f]{64}/g))].join(', ');
  return oneLine(more === '' || text.includes(more) ? text : `${text}: ${more}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/**
 * Returns what to tell a person whose rate limit is exhausted until its window ends; undefined if the headers do not say so. Only a limit
 * that names its window counts (`ratelimit-remaining: 0;w=21600`, as Docker Hub counts pulls). Git hosts send a bare number, and their
 * limits soon renew.
 */
function describeExhaustedLimit(headers: HttpHeaders): string | undefined {
  const seconds = /^0;\s*w=(\d{1,9})$/.exec(headers.get('ratelimit-remaining')?.trim() ?? '')?.[1];
  if (seconds === undefined) return undefined;
  const limit = /^(\d{1,9})(?:;|$)/.exec(headers.get('ratelimit-limit')?.trim() ?? '')?.[1];
  const all = limit === undefined ? '' : ` of ${limit}`;
  return `the limit${all} is used up and renews within ${printWindow(Number(seconds))}; log in, as a user with a higher limit if you are logged in, or wait`;
}

const REPLACEMENT = '***';

/** Shorter values are no secrets, and replacing them would garble words. */
const SHORTEST_SECRET = 4;

export interface Redactor {
  /** Remembers the credentials of the request: in its headers, its URL and its body. */
  learn(request: Pick<HttpRequest, 'headers' | 'secrets' | 'url'>): void;
  /** Returns the text without the secrets learnt so far, and without credentials in URLs. */
  redact(text: string): string;
}

/** Creates a redactor. It learns each credential before it is sent, so that no later error contains it. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  return {
    learn: ({ headers = {}, secrets = [], url }) => {
      const login = [url.password, decodeURIComponent(url.password)];
      for (const secret of [...secretsIn(headers), ...secrets, ...login]) {
        if (secret.length >= SHORTEST_SECRET) known.add(secret);
      }
    },
    redact: (text) => redact([...known].reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text)),
  };
}

function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!/^(?:authorization|cookie|proxy-authorization|private-token)$/i.test(name)) return [];
    const token = value.slice(value.indexOf(' ') + 1);
    if (!/^basic /i.test(value)) return [token];
    const login = Buffer.from(token, 'base64').toString('utf8');
    return [token, login.slice(login.indexOf(':') + 1)];
  });
}
