/** Requests and replies of HTTP calls. */
import type { Readable } from 'node:stream';
import { BrokenReplyError, UnusableReplyError } from './http-error';

/** A request body: bytes, or a stream that can be opened again for another try (with `content-length` among the headers). */
export type HttpBody = string | Uint8Array | (() => Promise<Readable | ReadableStream<Uint8Array>>);

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Statuses that the reader of the reply understands; every other one is an error. */
  readonly expect: readonly number[];
  /** True if sending it twice has the effect of sending it once. Default: true, except for POST and PATCH. */
  readonly repeatable?: boolean;
  /** Milliseconds for one try, body included; default: the client's. `Infinity` ends only after 5 minutes of silence. */
  readonly timeout?: number;
  /** Secrets in the body. No error contains them, nor the credentials in headers. */
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

/** Names are in any case. A header that came several times is joined with commas. */
export interface HttpHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** Reading the rest of a body is cheaper than a new connection up to this size, in bytes. */
const LARGEST_DISCARDED = 64 * 1024;

interface BodyStart {
  readonly bytes: Buffer;
  /** False if the limit was reached and the rest was dropped. */
  readonly whole: boolean;
}

/** Reads the first `limit` bytes. Throws `BrokenReplyError` if the reply is shorter than its `content-length`. */
export async function readAtMost(reply: HttpReply, limit: number): Promise<BodyStart> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply.body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > limit) break;
  }
  const bytes = Buffer.concat(chunks);
  if (size > limit) return { bytes: bytes.subarray(0, limit), whole: false };
  checkLength(reply, size);
  return { bytes, whole: true };
}

/** Reads the whole body. Throws `UnusableReplyError` if it is larger than `limit` bytes. */
export async function readBytes(reply: HttpReply, limit: number): Promise<Buffer> {
  const { bytes, whole } = await readAtMost(reply, limit);
  if (!whole) throw new UnusableReplyError('TOO_LARGE', `the reply is larger than ${limit} bytes`);
  return bytes;
}

/** Reads the body as JSON of any shape; the caller checks it. Throws `UnusableReplyError` for anything else. */
export async function readJson(reply: HttpReply, limit: number): Promise<unknown> {
  const bytes = await readBytes(reply, limit);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    const type = reply.headers.get('content-type')?.slice(0, 80) ?? 'no content type';
    throw new UnusableReplyError('NOT_JSON', `the server did not answer with JSON (${type})`);
  }
}

/** Frees the connection of a reply whose body is not needed: reads the rest of a short one, cuts off a long one. */
export function discardBody(reply: HttpReply): void {
  const isShort = Number(reply.headers.get('content-length') ?? 0) <= LARGEST_DISCARDED;
  if (isShort) reply.body.resume();
  else reply.body.destroy();
}

function checkLength(reply: HttpReply, size: number): void {
  const announced = reply.headers.get('content-length');
  if (announced === null || reply.headers.has('content-encoding')) return;
  if (Number(announced) !== size) throw new BrokenReplyError(`the reply ended after ${size} of ${announced} bytes`);
}
