/** What one HTTP call says and expects. */

/** A request body: bytes, or a stream that can be opened again for another try. */
export type HttpBody = string | Uint8Array | (() => Promise<ReadableStream<Uint8Array>>);

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Statuses that `read` understands; every other one is an error. */
  readonly expect: readonly number[];
  /** True if sending it twice has the effect of sending it once. Default: true, save for POST and PATCH. */
  readonly repeatable?: boolean;
  /** Milliseconds for one try, body included; default 60,000. `Infinity` leaves it to fetch, which bears 5 minutes of silence. */
  readonly timeout?: number;
  /** Tries for this request if fewer than the policy's. */
  readonly tries?: number;
}
