/** Whether a commit has anything that the version lock beside it does not know. */
import type { Catalog } from '../catalog/catalog';
import type { ServiceInputs } from '../inputs/inputs';
import type { VersionLock } from '../version/version-lock';

/**
 * True if the lock records every service with the inputs that the commit has: then a push of it keeps them all, and its run, if there
 * was one, is over. That is so at a commit of our own, and at one that changed no input. The lock's source commits do not tell: they
 * name the last commit that changed each service, which the head rarely is.
 */
export function isRecorded({
  catalog,
  inputs,
  lock,
}: {
  readonly catalog: Catalog;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly lock: VersionLock;
}): boolean {
  return catalog.services.every(({ name }) => {
    const now = inputs.get(name)?.inputDigest;
    return now !== undefined && lock.get(name)?.inputDigest === now;
  });
}
