/** Bodies of replies, never more of them than was asked for. */
import { BrokenReplyError, UnusableReplyError } from './http-error';
import type { HttpReply } from './http-request';

/** Reading on is cheaper than a new connection up to here, in bytes. */
const LARGEST_DISCARDED = 64 * 1024;

export interface BodyStart {
  readonly bytes: Buffer;
  /** False if the limit was reached and the rest was dropped. */
  readonly whole: boolean;
}

/** The first `limit` bytes. Throws `BrokenReplyError` if the reply is shorter than it said. */
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

/** The whole body. Throws `UnusableReplyError` if it is larger than `limit` bytes. */
export async function readBytes(reply: HttpReply, limit: number): Promise<Buffer> {
  const { bytes, whole } = await readAtMost(reply, limit);
  if (!whole) throw new UnusableReplyError('TOO_LARGE', `the reply is larger than ${limit} bytes`);
  return bytes;
}

/** The body as JSON of any shape; the caller checks it. Throws `UnusableReplyError` if it is something else. */
export async function readJson(reply: HttpReply, limit: number): Promise<unknown> {
  const bytes = await readBytes(reply, limit);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    const type = reply.headers.get('content-type')?.slice(0, 80) ?? 'no content type';
    throw new UnusableReplyError('NOT_JSON', `the server answered with something that is no JSON (${type})`);
  }
}

/** Frees the connection of a reply whose body is of no interest: a short one is read away, a long one cut off. */
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
