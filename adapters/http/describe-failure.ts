/** From what went wrong with a request to an `HttpError` that a person can act on. */
import type { ErrorName } from '../../core/contract';
import { readServerMessage } from './error-body';
import { HttpError, UnusableReplyError } from './http-error';
import type { HttpReply, HttpRequest } from './http-request';
import type { SecretMask } from './mask-secrets';
import { redactUrl } from './redact-url';
import { connectionCode, isRetryableError, isRetryableStatus } from './retry-policy';
import { describeUsedUpLimit } from './used-up-limit';

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
