/** Reads lines and counted bytes off a stream, with no more of it in memory than one chunk. */
import type { Readable } from 'node:stream';

/** A position in a stream. `bytes` must be read to its end before anything else is asked for. */
export interface ByteReader {
  /** The text up to the next line feed, without it; what is left if the stream ends before one. */
  line(): Promise<string>;
  /** The next `count` bytes; fewer if the stream ends before. */
  bytes(count: number): AsyncGenerator<Buffer, void, void>;
}

/** Starts reading. The stream's errors are thrown by whoever reads at that time. */
export function readBytes(stream: Readable): ByteReader {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function fill(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done !== true) rest = next.value;
    return next.done !== true;
  }

  async function line(): Promise<string> {
    let text = '';
    for (;;) {
      const end = rest.indexOf(10);
      text += rest.toString('latin1', 0, end < 0 ? rest.length : end);
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
      if (end >= 0 || !(await fill())) return text;
    }
  }

  async function* bytes(count: number): AsyncGenerator<Buffer, void, void> {
    let left = count;
    while (left > 0) {
      if (rest.length === 0 && !(await fill())) return;
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return { line, bytes };
}
