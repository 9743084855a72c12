/** From what went wrong with a request to an `HttpError` that a person can act on. */
import type { ErrorName } from '../../core/contract/errors';
import { printWindow } from '../../core/image/exhausted-rate-limit';
import { HttpError, UnusableReplyError } from './http-error';
import { type HttpHeaders, type HttpReply, type HttpRequest, readAtMost } from './http-request';
import { redactUrl, type SecretMask } from './redact';
import { connectionCode, isRetryableError, isRetryableStatus } from './retry';

/** The error for a reply whose status nobody expected. */
export async function describeRefusal(
  name: ErrorName,
  request: HttpRequest,
  reply: HttpReply,
  { mask }: SecretMask,
): Promise<HttpError> {
  const { code, message } = await readServerMessage(reply);
  const usedUp = reply.status === 429 ? describeUsedUpLimit(reply.headers) : undefined;
  return new HttpError(name, {
    method: request.method,
    url: redactUrl(request.url),
    status: reply.status,
    ...(code === undefined ? {} : { code }),
    message: usedUp ?? mask(message),
    isRetryable: usedUp === undefined && isRetryableStatus(reply.status, isRepeatable(request)),
  });
}

/** The error for anything thrown while the request was sent or its reply read. An `HttpError` stays what it is. */
export function describeFailure(
  name: ErrorName,
  request: HttpRequest,
  error: unknown,
  { mask }: SecretMask,
): HttpError {
  // A body that could not be opened, for one, has told its own story.
  if (error instanceof HttpError) return error;
  const code = error instanceof UnusableReplyError ? error.code : connectionCode(error);
  const failure = {
    method: request.method,
    url: redactUrl(request.url),
    ...(code === undefined ? {} : { code }),
    message: mask(reason(error, code)),
    isRetryable: isRetryableError(error, isRepeatable(request)),
  };
  return new HttpError(name, failure, { cause: error });
}

function isRepeatable({ method, repeatable }: HttpRequest): boolean {
  return repeatable ?? !(method === 'POST' || method === 'PATCH');
}

function reason(error: unknown, code: string | undefined): string {
  if (code === 'ECONNREFUSED') return 'nothing answers there; check the host, and that it is up';
  if (code === 'ENOTFOUND') return 'there is no host of this name';
  // By shape, as in `connectionCode`.
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message : 'the connection failed';
}

// What a server says about its own error, from any of the shapes that registries, token services and git hosts use.

/** More of an error body is not read, so that a huge one costs nothing. */
const LARGEST_BODY = 64 * 1024;

const LONGEST_MESSAGE = 300;

interface ServerMessage {
  readonly code?: string;
  readonly message: string;
}

/** Reads at most 64 KiB of the body. Never throws: a body that breaks off is described like any other. */
export async function readServerMessage(reply: HttpReply): Promise<ServerMessage> {
  const { bytes } = await readAtMost(reply, LARGEST_BODY).catch(() => ({ bytes: Buffer.alloc(0) }));
  return describeErrorBody(reply.headers.get('content-type') ?? '', bytes.toString('utf8'));
}

/** The server's code and message; says so if the body is no JSON, without repeating it. */
export function describeErrorBody(contentType: string, text: string): ServerMessage {
  if (text.trim() === '') return { message: 'the server gave no reason' };
  try {
    return fromJson(JSON.parse(text));
  } catch {
    const isHtml = /html/i.test(contentType) || /^\s*</.test(text);
    return { message: `the server answered with ${isHtml ? 'an HTML page' : 'text'} instead of JSON` };
  }
}

/** `{errors: [{code, message}]}` (registries), `{message}` (git hosts), `{details}` and `{error}` (token services). */
function fromJson(body: unknown): ServerMessage {
  if (!isRecord(body)) return { message: 'the server gave no reason' };
  const first = Array.isArray(body.errors) ? (body.errors as readonly unknown[])[0] : undefined;
  const source = isRecord(first) ? first : body;
  const words = [source.message, source.error_description, source.details, source.error];
  const message = words.find((word) => typeof word === 'string' && word !== '');
  return {
    ...(typeof source.code === 'string' ? { code: oneLine(source.code).slice(0, 60) } : {}),
    message: typeof message === 'string' ? oneLine(message).slice(0, LONGEST_MESSAGE) : 'the server gave no reason',
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

// A limit that is used up until its window ends: no try before then can end better.

/**
 * What to tell a person whose limit is used up; undefined if the headers do not say so. Only a limit that names its window counts
 * (`ratelimit-remaining: 0;w=21600`, as Docker Hub counts pulls): git hosts send a bare number, and their limits soon renew.
 */
function describeUsedUpLimit(headers: HttpHeaders): string | undefined {
  const seconds = /^0;\s*w=(\d{1,9})$/.exec(headers.get('ratelimit-remaining')?.trim() ?? '')?.[1];
  if (seconds === undefined) return undefined;
  const limit = /^(\d{1,9})(?:;|$)/.exec(headers.get('ratelimit-limit')?.trim() ?? '')?.[1];
  const all = limit === undefined ? '' : ` of ${limit}`;
  return `the limit${all} is used up and renews within ${printWindow(Number(seconds))}; log in, as a user who may do more if you are logged in, or wait`;
}
