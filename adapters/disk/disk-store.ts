/** The object store as a folder: what S3 is in AWS. */
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Claim, Claims, ObjectStore } from '../../core/ports/store';
import { createFileAtomically, writeFileAtomically } from './atomic-file';

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

// Version claims as files, made with link(2), which fails if the name is taken: what the claims table is in AWS.

/** Claims below the folder, one file each. */
export function createDiskClaims(directory: string): Claims {
  const fileOf = (image: string, version: string) =>
    join(directory, encodeURIComponent(image), `${encodeURIComponent(version)}.json`);
  const read = async (image: string, version: string) =>
    JSON.parse(await readFile(fileOf(image, version), 'utf8')) as Claim;
  return {
    claim: async (claim) => {
      const { image, version } = claim;
      if (await createFileAtomically(fileOf(image, version), JSON.stringify(claim))) return claim;
      return read(image, version);
    },
    find: async (image, version) => {
      try {
        return await read(image, version);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
