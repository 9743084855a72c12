/** git's pkt-lines: https://git-scm.com/docs/protocol-common */
import { BrokenReplyError, UnusableReplyError } from '../../http/http-error';

/** Ends a message. */
export const FLUSH = Buffer.from('0000');
/** Separates the parts of a message. */
export const DELIMITER = Buffer.from('0001');

/** One line, with its length before it. */
export function line(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** What a message is made of. */
export type WireLine = Buffer | 'flush' | 'delimiter';

/** Reads a whole reply. Throws `BrokenReplyError` if it is cut off, `UnusableReplyError` if it is no git or an error of git's. */
export function parseLines(reply: Buffer): readonly WireLine[] {
  const lines: WireLine[] = [];
  for (let at = 0; at < reply.length; ) {
    const length = lengthAt(reply, at);
    if (length < 4) {
      lines.push(length === 1 ? 'delimiter' : 'flush');
      at += 4;
      continue;
    }
    if (at + length > reply.length) throw new BrokenReplyError('the reply is cut off');
    const content = reply.subarray(at + 4, at + length);
    if (content.subarray(0, 4).toString('latin1') === 'ERR ') throw refused(content);
    lines.push(content);
    at += length;
  }
  if (lines.at(-1) !== 'flush') throw new BrokenReplyError('the reply is cut off');
  return lines;
}

/** Text of a line without its line feed. */
export function textOfLine(content: Buffer): string {
  return content.toString('utf8').replace(/\n$/, '');
}

function lengthAt(reply: Buffer, at: number): number {
  const digits = reply.toString('latin1', at, at + 4);
  if (/^[0-9a-f]{4}$/.test(digits) && digits !== '0003') return Number.parseInt(digits, 16);
  if (at + 4 > reply.length) throw new BrokenReplyError('the reply is cut off');
  throw new UnusableReplyError('NOT_GIT', 'the server answered with something that is not the git protocol');
}

function refused(content: Buffer): UnusableReplyError {
  return new UnusableReplyError('GIT', textOfLine(content.subarray(4)).slice(0, 300));
}
