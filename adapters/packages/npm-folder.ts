/** npm packages as tarballs in folders, instead of CodeArtifact in AWS. `npm install` takes the path of a tarball. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tarballName } from '../../core/modules/npm/npm';
import type { PackageIndex } from '../../core/ports/packages';
import { createFileAtomically } from '../disk/atomic-file';
import { ifMissing } from '../disk/missing';
import { readTarball } from './npm-tarball';

/** Returns the folder of the packages. Each has a folder with its name, a scope included. */
export function npmFolder(directory: string): string {
  return join(directory, 'npm');
}

/** Creates access to packages below `<directory>/npm`, which the first package creates. */
export function createNpmFolder(directory: string): PackageIndex {
  const root = npmFolder(directory);
  const filesOf = async (name: string) => [...(await readdir(join(root, name)).catch(ifMissing([])))].sort();
  return {
    find: async (name, suffix) => {
      const stem = tarballName(name, '').slice(0, -'.tgz'.length);
      const file = (await filesOf(name)).find((each) => each.startsWith(stem) && each.endsWith(`${suffix}.tgz`));
      return file === undefined ? undefined : { version: file.slice(stem.length, -'.tgz'.length), files: [file] };
    },
    files: async (name, version) => (await filesOf(name)).filter((file) => file === tarballName(name, version)),
    add: async (name, version, { bytes }) => {
      await readTarball(bytes, { package: name, version });
      await createFileAtomically(join(root, name, tarballName(name, version)), bytes);
    },
  };
}
