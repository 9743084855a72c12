/** The object store as a folder: what S3 is in AWS. */
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectStore } from '../../core/ports';
import { writeFileAtomically } from './atomic-file';

/** Objects as files below the folder, which is made when the first one is written. */
export function createDiskObjectStore(directory: string): ObjectStore {
  const fileOf = (key: string) => {
    const file = resolve(directory, key);
    if (!file.startsWith(join(resolve(directory), '/'))) throw new Error(`object key ${key} leaves the store`);
    return file;
  };
  return {
    get: async (key) => {
      try {
        return await readFile(fileOf(key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    put: (key, body) => writeFileAtomically(fileOf(key), body),
    exists: (key) =>
      access(fileOf(key)).then(
        () => true,
        () => false,
      ),
    location: (key) => (key.endsWith('/') ? `${fileOf(key)}/` : fileOf(key)),
  };
}
