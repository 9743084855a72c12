/** Files and folders that may be missing. */
import { access } from 'node:fs/promises';

/** Returns a handler for `catch`: the value instead of a missing file or folder. `others` are more error codes that count as missing. */
export function ifMissing<Value>(value: Value, ...others: readonly string[]): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (['ENOENT', ...others].includes(error.code ?? '')) return value;
    throw error;
  };
}

/** Returns true if this process can access the path. `mode` is one of `fs.constants`; by default, the path has to exist. */
export function isAccessible(path: string, mode?: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
