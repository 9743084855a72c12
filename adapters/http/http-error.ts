/** The error of every HTTP call that did not give what it was made for. */
import type { ErrorName } from '../../core/contract/errors';
import { PipelineError } from '../../core/contract/errors';

/** What an HTTP call met. `url` is redacted; `code` is the server's own word or the connection error's. */
export interface HttpFailure {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  /** True if another try may end better: it was not, or not often enough. */
  readonly isRetryable?: boolean;
}

/** Prints `METHOD url: status code: message`. Never holds credentials or a request body. */
export class HttpError extends PipelineError {
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly isRetryable: boolean;

  constructor(name: ErrorName, failure: HttpFailure, options?: { cause?: unknown }) {
    const { method, url, status, code, message } = failure;
    const found = [status, code].filter((part) => part !== undefined).join(' ');
    super(name, `${method} ${url}: ${found === '' ? '' : `${found}: `}${message}`, options);
    this.method = method;
    this.url = url;
    this.status = status;
    this.code = code;
    this.isRetryable = failure.isRetryable ?? false;
  }
}

/** The reply came, but broke off or was damaged on its way: worth another try. */
export class BrokenReplyError extends Error {
  override readonly name = 'BrokenReplyError';
}

/** The reply came whole and is of no use: another try would give the same. `code` is a word for what is wrong with it. */
export class UnusableReplyError extends Error {
  override readonly name = 'UnusableReplyError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
