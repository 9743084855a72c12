/** Errors of HTTP calls. */
import { type ErrorName, PipelineError } from '../../core/contract/errors';

/** The facts of a failed call. `url` is redacted; `code` is the server's own code or the connection error's. */
export interface HttpFailure {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  /** True if another try may succeed. */
  readonly isRetryable?: boolean;
}

/** Prints `METHOD url: status code: message`. Contains no credentials and no request body. */
export class HttpError extends PipelineError {
  readonly failure: HttpFailure;
  readonly method: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly isRetryable: boolean;

  constructor(name: ErrorName, failure: HttpFailure, options?: { cause?: unknown }) {
    const { method, url, status, code, message } = failure;
    const found = [status, code].filter((part) => part !== undefined).join(' ');
    super(name, `${method} ${url}: ${found === '' ? '' : `${found}: `}${message}`, options);
    this.failure = failure;
    this.method = method;
    this.status = status;
    this.code = code;
    this.isRetryable = failure.isRetryable ?? false;
  }

  /** Returns the same error with advice for the reader after its message. */
  withAdvice(advice: string): HttpError {
    const failure = { ...this.failure, message: `${this.failure.message}; ${advice}` };
    return new HttpError(this.name as ErrorName, failure, { cause: this.cause });
  }
}

/** The reply came, but broke off or was damaged on its way: another try may succeed. */
export class BrokenReplyError extends Error {
  override readonly name = 'BrokenReplyError';
}

/** The reply came whole and cannot be used: another try would give the same. `code` is a short name of the reason. */
export class UnusableReplyError extends Error {
  override readonly name = 'UnusableReplyError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
