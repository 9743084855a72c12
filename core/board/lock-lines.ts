/** Reads version locks line by line. A lock is printed with one line for each service, and a history has hundreds of locks. */
import { type LockEntry, parseVersionLock, type VersionLock } from '../version/version-lock';

/** Reads a lock. Falls back to `parseVersionLock` if a line was edited by hand. Throws `ValuesFile` as that does. */
export function readLock(text: string, path: string): VersionLock {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const entries = lines.map(readLockLine);
  return entries.every((entry) => entry !== undefined) ? new Map(entries) : parseVersionLock(text, path);
}

const LINE = /^("(?:[^"\\]|\\.)*"|'[^']*'|[\w.-]+): (\{.*\})$/;

/** Only the keys of a lock's own fields have no quotes. */
const BARE_KEY = /(?<=[{,] )(version|digest|inputDigest|source|built|bases)(?=: )/g;

/** Returns name and entry of a line as `printVersionLock` prints it, undefined for any other line. */
export function readLockLine(line: string): readonly [service: string, entry: LockEntry] | undefined {
  const [, name, fields] = LINE.exec(line) ?? [];
  if (name === undefined || fields === undefined) return undefined;
  try {
    const entry = JSON.parse(fields.replace(BARE_KEY, '"$1"')) as Partial<LockEntry>;
    const { version, digest, inputDigest, source } = entry;
    if ([version, digest, inputDigest, source].some((value) => typeof value !== 'string')) return undefined;
    return [unquoted(name), entry as LockEntry];
  } catch {
    return undefined;
  }
}

function unquoted(name: string): string {
  if (name.startsWith('"')) return JSON.parse(name) as string;
  return name.startsWith("'") ? name.slice(1, -1) : name;
}
