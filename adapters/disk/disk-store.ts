/** The object store and the version claims as folders, instead of S3 and DynamoDB in AWS. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Claim, Claims, ObjectStore } from '../../core/ports/store';
import { createFileAtomically, writeFileAtomically } from './atomic-file';
import { ifMissing, isAccessible } from './missing';

/** Creates access to objects as files below the folder, which the first write creates. */
export function createDiskObjectStore(directory: string): ObjectStore {
  const fileOf = (key: string) => {
    const file = resolve(directory, key);
    if (!file.startsWith(join(resolve(directory), '/'))) throw new Error(`the object key ${key} leaves the store`);
    return file;
  };
  return {
    get: async (key) => readFile(fileOf(key)).catch(ifMissing(undefined)),
    put: (key, body) => writeFileAtomically(fileOf(key), body),
    exists: async (key) => isAccessible(fileOf(key)),
    location: (key) => (key.endsWith('/') ? `${fileOf(key)}/` : fileOf(key)),
  };
}

/** Creates access to claims as files below the folder. They are created with link(2), which fails if the name exists. */
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
    find: (image, version) => read(image, version).catch(ifMissing(undefined)),
  };
}
