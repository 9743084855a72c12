/** Paths as Go's `filepath.Clean` sees them, which sources of Dockerfiles and patterns of ignore files go through. */
import { trimEndOf } from './white-space';

/** Returns the shortest equal path: no `.`, no inner `..`, no double or trailing slash. `''` becomes `.`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push(part);
  }
  return (rooted ? '/' : '') + parts.join('/') || '.';
}

/** Returns the path within a root: relative to it, unable to leave it. `''` is the root itself. */
export function withinRoot(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}

/** Returns the path or address without slashes at its end, in linear time. */
export function trimSlashes(path: string): string {
  return trimEndOf(path, (character) => character === '/');
}

/** Returns true if the path is the folder or is in it. `''` is the root, which has everything. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
