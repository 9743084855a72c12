/** What one HTTP call says and expects, and what comes back. */
import type { Readable } from 'node:stream';

/** A request body: bytes, or a stream that can be opened again for another try (with `content-length` among the headers). */
export type HttpBody = string | Uint8Array | (() => Promise<Readable | ReadableStream<Uint8Array>>);

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Statuses that `read` understands; every other one is an error. */
  readonly expect: readonly number[];
  /** True if sending it twice has the effect of sending it once. Default: true, save for POST and PATCH. */
  readonly repeatable?: boolean;
  /** Milliseconds for one try, body included; default: the client's. `Infinity` bears anything but 5 minutes of silence. */
  readonly timeout?: number;
  /** Texts that no error may hold, besides credentials in headers: secrets in the body. */
  readonly secrets?: readonly string[];
  /** Tries for this request if fewer than the policy's. */
  readonly tries?: number;
}

/** A reply whose body is still to be read. */
export interface HttpReply {
  readonly status: number;
  /** The address that answered, after redirects. */
  readonly url: URL;
  readonly headers: HttpHeaders;
  readonly body: Readable;
}

/** Names in any case. A header that came several times is joined with commas. */
export interface HttpHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
}
