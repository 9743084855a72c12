/** The files in a layer of an image, without their times. */
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** Returns the files by path, with their content, of a gzipped tar (POSIX ustar) whose paths have at most 100 characters. Folders are left out. */
export function layerFiles(gzipped: Uint8Array): Readonly<Record<string, string>> {
  const tar = gunzipSync(gzipped);
  const files: Record<string, string> = {};
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const path = tar.toString('utf8', at, Math.min(at + 100, tar.indexOf(0, at)));
    const size = Number.parseInt(tar.toString('utf8', at + 124, at + 135), 8);
    const start = at + BLOCK;
    if (!path.endsWith('/')) files[path.replace(/^\.?\//, '')] = tar.toString('utf8', start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
