/** git's packs, in which objects travel: https://git-scm.com/docs/gitformat-pack */
import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { BrokenReplyError } from '../../http/http-error';
import { type GitObject, type GitObjects, type ObjectType, objectId } from './objects';

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };

const OFFSET_DELTA = 6;

const ID_DELTA = 7;

const HEADER_BYTES = 12;

const CHECKSUM_BYTES = 20;

/** A larger object is refused. No file that a plan reads is larger. */
const LARGEST_OBJECT = 256 * 1024 * 1024;

/** Returns an object by its id, or undefined. */
export type FindObject = (id: string) => GitObject | undefined;

/**
 * Returns all objects of a pack. `findBase` finds the bases that a thin pack does not have; an object without its base is left out. Without it,
 * the pack must have every base. Throws `BrokenReplyError` if the pack is damaged.
 */
export function readPack(pack: Buffer, findBase: FindObject = refuseBase): GitObjects {
  const end = pack.length - CHECKSUM_BYTES;
  if (end < HEADER_BYTES || pack.toString('latin1', 0, 4) !== 'PACK') throw broken('it does not begin like a pack');
  const checksum = createHash('sha1').update(pack.subarray(0, end)).digest();
  if (!checksum.equals(pack.subarray(end))) throw broken('its checksum is wrong');

  const byOffset = new Map<number, GitObject | undefined>();
  const byId = new Map<string, GitObject>();
  let at = HEADER_BYTES;
  for (let left = pack.readUInt32BE(8); left > 0; left -= 1) {
    const entry = readEntry(pack, at);
    const object =
      entry.type === undefined ? resolve(entry, byOffset, byId, findBase) : { type: entry.type, content: entry.data };
    byOffset.set(at, object);
    if (object !== undefined) byId.set(objectId(object), object);
    at = entry.end;
  }
  return byId;
}

/** Returns a pack of whole objects, without deltas. */
export function writePack(objects: readonly GitObject[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const entries = objects.flatMap(({ type, content }) => [entryHeader(type, content.length), deflateSync(content)]);
  const body = Buffer.concat([header, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

interface PackEntry {
  /** Undefined for a delta. */
  readonly type: ObjectType | undefined;
  readonly data: Buffer;
  readonly end: number;
  /** The base of a delta, by offset or by id. */
  readonly base?: number | string;
}

function readEntry(pack: Buffer, start: number): PackEntry {
  let at = start;
  let byte = pack.readUInt8(at++);
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte & 128; factor *= 128) {
    byte = pack.readUInt8(at++);
    size += (byte & 127) * factor;
  }
  const base = readBase(pack, start, at, kind);
  if (size > LARGEST_OBJECT) throw broken(`it has an object of ${size} bytes`);
  const { data, end } = inflate(pack, base.end, size);
  return { type: TYPES[kind], data, end, ...(base.base === undefined ? {} : { base: base.base }) };
}

function readBase(pack: Buffer, start: number, at: number, kind: number): { base?: number | string; end: number } {
  if (kind === ID_DELTA) return { base: pack.toString('hex', at, at + 20), end: at + 20 };
  if (kind !== OFFSET_DELTA) {
    if (TYPES[kind] === undefined) throw broken(`it has an object of type ${kind}`);
    return { end: at };
  }
  let end = at;
  let byte = pack.readUInt8(end++);
  let distance = byte & 127;
  while (byte & 128) {
    byte = pack.readUInt8(end++);
    distance = (distance + 1) * 128 + (byte & 127);
  }
  return { base: start - distance, end };
}

/** A pack does not have the length of compressed data, which only inflating reveals. */
function inflate(pack: Buffer, at: number, size: number): { data: Buffer; end: number } {
  try {
    const chunkSize = Math.min(Math.max(size, 64), 1024 * 1024);
    const options = { info: true, chunkSize, maxOutputLength: Math.max(size, 1) };
    const { buffer, engine } = inflateSync(pack.subarray(at), options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (buffer.length !== size) throw broken('an object does not have its size');
    return { data: buffer, end: at + engine.bytesWritten };
  } catch (error) {
    throw error instanceof BrokenReplyError ? error : broken('an object cannot be inflated');
  }
}

function resolve(
  { base, data }: PackEntry,
  byOffset: ReadonlyMap<number, GitObject | undefined>,
  byId: ReadonlyMap<string, GitObject>,
  findBase: FindObject,
): GitObject | undefined {
  if (typeof base === 'number' && !byOffset.has(base)) return refuseBase();
  const found = typeof base === 'number' ? byOffset.get(base) : (byId.get(base ?? '') ?? findBase(base ?? ''));
  return found && { type: found.type, content: applyDelta(found.content, data) };
}

function refuseBase(): never {
  throw broken('the base of an object is not in it');
}

function entryHeader(type: ObjectType, size: number): Buffer {
  const kind = Number(Object.entries(TYPES).find(([, name]) => name === type)?.[0]);
  const bytes = [(kind << 4) | (size % 16)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}

function broken(what: string): BrokenReplyError {
  return new BrokenReplyError(`the pack is damaged: ${what}`);
}

/** Returns the object that a delta makes of its base, out of parts of the base and new bytes: https://git-scm.com/docs/gitformat-pack#_deltified_representation */
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
