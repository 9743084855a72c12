/** A release that signs its images: a registry in memory, and a key of a KMS that really signs. */
import { openKmsKey } from '../../../adapters/signing/kms-key';
import type { PlannedService } from '../../../core/contract/plan';
import { RELEASE_TYPE, type Release, readRelease, type Statement } from '../../../core/signing/statement';
import { findStatements } from '../../../lambdas/shared/find-statements';
import { manifestOf } from '../../support/registry/memory-registry';
import { createFakeKms, makeKey } from '../../support/signing/fake-kms';
import { built, HOST, world } from './release-world';

export const KEY = 'alias/releases';

export const NAMES = ['auth', 'ngui'];

/** Default: two images that this run built. */
export function signingWorld(services: readonly PlannedService[] = NAMES.map((name) => built(name))) {
  const key = makeKey();
  const kms = createFakeKms({ [KEY]: key });
  const parts = world(services);
  Object.assign(parts.dependencies, { openSigner: () => openKmsKey(KEY, kms.client) });
  for (const { name, origin } of services) if (origin.kind === 'candidate') parts.seed(name);
  const at = (name: string) => ({ host: HOST, repository: `team/${name}` });
  /** The attached statements of a kind that the key has signed. */
  const signed = async (name: string, predicateType: string): Promise<readonly Statement[]> => {
    const found = await findStatements(at(name), manifestOf(name).digest, { predicateType }, parts.registry);
    return found.filter((each) => each.isSignedBy(key.publicKey)).map(({ statement }) => statement);
  };
  const releases = async (name: string): Promise<readonly (Release | undefined)[]> =>
    (await signed(name, RELEASE_TYPE)).map(readRelease);
  return { ...parts, kms, at, signed, releases };
}

export type SigningWorld = ReturnType<typeof signingWorld>;
