/** Deltas of packs: an object as pieces of another one and new bytes. */
import { BrokenReplyError } from '../../http/http-error';

/** The object that the delta makes of its base: https://git-scm.com/docs/gitformat-pack#_deltified_representation */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const from = readSize(delta, 0);
  const to = readSize(delta, from.end);
  if (from.size !== base.length) throw damaged();
  const pieces: Buffer[] = [];
  for (let at = to.end; at < delta.length; ) {
    const piece = readPiece(base, delta, at);
    pieces.push(piece.bytes);
    at = piece.end;
  }
  const result = Buffer.concat(pieces);
  if (result.length !== to.size) throw damaged();
  return result;
}

function readSize(delta: Buffer, start: number): { size: number; end: number } {
  let at = start;
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = byteAt(delta, at++);
    size += (byte & 127) * factor;
    if (byte < 128) return { size, end: at };
  }
}

function readPiece(base: Buffer, delta: Buffer, start: number): { bytes: Buffer; end: number } {
  const command = byteAt(delta, start);
  if (command === 0) throw damaged();
  if (command < 128) {
    const end = start + 1 + command;
    if (end > delta.length) throw damaged();
    return { bytes: delta.subarray(start + 1, end), end };
  }
  let at = start + 1;
  const number = (bits: number, first: number) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      if (command & (first << bit)) value += byteAt(delta, at++) * 256 ** bit;
    }
    return value;
  };
  const offset = number(4, 1);
  const size = number(3, 16) || 65_536;
  if (offset + size > base.length) throw damaged();
  return { bytes: base.subarray(offset, offset + size), end: at };
}

function byteAt(delta: Buffer, at: number): number {
  const byte = delta[at];
  if (byte === undefined) throw damaged();
  return byte;
}

function damaged(): BrokenReplyError {
  return new BrokenReplyError('the pack is damaged: a delta does not fit its base');
}
