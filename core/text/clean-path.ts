/** Go's `filepath.Clean`, which both Dockerfile sources and ignore patterns go through. */

/** The shortest equal path: no `.`, no inner `..`, no double or trailing slash. `''` becomes `.`. */
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

/** The path within a root: relative to it, unable to leave it. `''` is the root itself. */
export function withinRoot(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}
