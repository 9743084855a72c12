/** A package index of one kind in memory, behind the same port as the real ones. It remembers every file that was added, in order. */

import { PACKAGE_NAMES } from '../../../core/catalog/package-names';
import type { ModuleKind } from '../../../core/contract/job';
import { ecosystemOf } from '../../../core/modules/ecosystems';
import type { PackageFile, PackageIndex } from '../../../core/ports/packages';

export interface MemoryPackages extends PackageIndex {
  /** Names of files, in the order in which they came. */
  readonly added: readonly string[];
  /** The bytes of a file; undefined if it is not there. */
  bytesOf(file: string): Buffer | undefined;
  /** Called before each file is taken; may throw. */
  beforeAdd(rule: (file: PackageFile) => void): void;
}

export function createMemoryPackages(kind: ModuleKind = 'python'): MemoryPackages {
  const { partOf } = ecosystemOf({ kind });
  const { known } = PACKAGE_NAMES[kind];
  const added: string[] = [];
  const files = new Map<string, { readonly package: string; readonly version: string; readonly bytes: Buffer }>();
  let rule: (file: PackageFile) => void = () => undefined;
  return {
    added,
    bytesOf: (file) => files.get(file)?.bytes,
    beforeAdd: (given) => {
      rule = given;
    },
    find: async (name, suffix) => {
      const own = [...files].filter(([, file]) => file.package === known(name));
      // The newest first, as CodeArtifact has them.
      const version = own.map(([, file]) => file.version).findLast((each) => each.endsWith(suffix));
      if (version === undefined) return undefined;
      return { version, files: own.filter(([, file]) => file.version === version).map(([file]) => file) };
    },
    files: async (name, version) =>
      [...files].filter(([, file]) => file.package === known(name) && file.version === version).map(([file]) => file),
    add: async (name, version, file) => {
      rule(file);
      if (partOf(file.name) === undefined) throw new Error(`no index takes ${file.name}`);
      if (files.has(file.name)) return;
      files.set(file.name, { package: known(name), version, bytes: file.bytes });
      added.push(file.name);
    },
  };
}
