/** Reads the signed statements that are attached to an image. A stranger can attach anything, so only a signature tells whose they are. */
import type { ImageRegistry, Referrer, RepositoryName } from '../../core/ports/registry';
import { type Attached, bundleIn, mayHold, parseBundle } from '../../core/signing/bundle';
import { isSignedBy } from '../../core/signing/envelope';
import { isAbout, readStatement, type Statement } from '../../core/signing/statement';

/** A statement about the image, as somebody signed it. */
export interface FoundStatement {
  readonly statement: Statement;
  /** Returns true if it was signed with this key: a SubjectPublicKeyInfo in DER. */
  isSignedBy(publicKey: Buffer): boolean;
}

/** Registries to read from. */
export type AttachmentReader = Pick<ImageRegistry, 'get' | 'referrers' | 'blob'>;

/** Returns the attached statements of the kind. What is no such statement about this very digest is left out. */
export async function findStatements(
  name: RepositoryName,
  digest: string,
  attached: Attached,
  registry: AttachmentReader,
): Promise<readonly FoundStatement[]> {
  const referrers = (await registry.referrers(name, digest)).filter((referrer) => mayHold(referrer, attached));
  const found = await Promise.all(referrers.map((referrer) => readAttached(name, referrer, registry)));
  return found.flat().filter(({ statement }) => {
    return statement.predicateType === attached.predicateType && isAbout(statement, digest);
  });
}

async function readAttached(
  name: RepositoryName,
  referrer: Referrer,
  registry: AttachmentReader,
): Promise<readonly FoundStatement[]> {
  const artifact = await registry.get(name, referrer.digest);
  const digest = artifact && bundleIn(artifact);
  const bundle = digest === undefined ? undefined : await registry.blob(name, digest);
  const envelope = bundle && parseBundle(bundle);
  if (envelope === undefined) return [];
  const statement = readStatement(envelope);
  return statement === undefined ? [] : [{ statement, isSignedBy: (publicKey) => isSignedBy(envelope, publicKey) }];
}
