/** Messages of git's protocol, which consist of lines with their length before them: https://git-scm.com/docs/protocol-common. */
import { BrokenReplyError, UnusableReplyError } from '../../http/http-error';

/** Ends a message. */
export const FLUSH = Buffer.from('0000');

/** Separates the parts of a message. */
export const DELIMITER = Buffer.from('0001');

/** Returns one line with its length before it. */
export function line(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** A part of a message. */
export type WireLine = Buffer | 'flush' | 'delimiter';

/** Parses a reply. Throws `BrokenReplyError` if it is cut off, `UnusableReplyError` if it is an error of git or not git's protocol. */
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

/** Returns the text of a line without its line feed. */
export function textOfLine(content: Buffer): string {
  return content.toString('utf8').replace(/\n$/, '');
}

/** Returns the texts of all lines. */
export function textsOf(lines: readonly WireLine[]): readonly string[] {
  return lines.flatMap((each) => (typeof each === 'string' ? [] : [textOfLine(each)]));
}

/** Returns the pack that these lines bring in side band 1. Band 3 is an error, which is thrown as `UnusableReplyError`. */
export function packIn(lines: readonly WireLine[]): Buffer {
  const bands = lines.filter((each): each is Buffer => typeof each !== 'string');
  const error = bands.find((band) => band[0] === 3);
  if (error !== undefined) throw new UnusableReplyError('GIT', textOfLine(error.subarray(1)).slice(0, 300));
  return Buffer.concat(bands.filter((band) => band[0] === 1).map((band) => band.subarray(1)));
}

/** Returns the reason of a refused push. A reply has `unpack ok`, then `ok <ref>` or `ng <ref> <reason>`. */
export function refusalIn(lines: readonly WireLine[]): string | undefined {
  const [unpack = '', status = ''] = textsOf(lines);
  if (unpack === 'unpack ok' && status.startsWith('ok ')) return undefined;
  const reason = unpack === 'unpack ok' ? status.replace(/^ng \S+ /, '') : unpack;
  return reason.slice(0, 300) || 'the server gave no reason';
}

function lengthAt(reply: Buffer, at: number): number {
  const digits = reply.toString('latin1', at, at + 4);
  if (/^[0-9a-f]{4}$/.test(digits) && digits !== '0003') return Number.parseInt(digits, 16);
  if (at + 4 > reply.length) throw new BrokenReplyError('the reply is cut off');
  throw new UnusableReplyError('NOT_GIT', 'the server did not reply in the git protocol');
}

function refused(content: Buffer): UnusableReplyError {
  return new UnusableReplyError('GIT', textOfLine(content.subarray(4)).slice(0, 300));
}
