/**
 * The canonical list and its digest. A record is a list of texts, each written with its length in front (a netstring), so that
 * no text, whatever is in it, can be taken for another list.
 */
import { createHash } from 'node:crypto';

/** Part of every list: a new format gives new digests. */
const FORMAT = 'inputs-v1';
const CHUNK = 1 << 16;

/** sha256 over the records in the given order, 64 hex digits. */
export function digestOf(records: Iterable<readonly string[]>): string {
  const hash = createHash('sha256');
  let chunk = '';
  for (const record of records) {
    chunk += `${record.length};`;
    for (const text of record) chunk += `${Buffer.byteLength(text)}:${text},`;
    if (chunk.length < CHUNK) continue;
    hash.update(chunk);
    chunk = '';
  }
  return hash.update(chunk).digest('hex');
}

/** The input digest of a list: sorted, each record once, sha256, first 40 hex digits. The order of the records does not matter. */
export function inputDigestOf(records: readonly (readonly string[])[]): string {
  const unique = new Map(records.map((record) => [JSON.stringify(record), record]));
  const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  return digestOf([[FORMAT], ...sorted]).slice(0, 40);
}
