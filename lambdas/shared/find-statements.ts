/** Reads the signed statements that are attached to an image. A stranger can attach anything, so only a signature tells whose they are. */
import type { ImageRegistry, Referrer, RepositoryName } from '../../core/ports/registry';
import { fullStatements, statementFor } from '../../core/signing/attach-place';
import { type Attached, bundleIn, mayHold, parseBundle } from '../../core/signing/bundle';
import { isSignedBy } from '../../core/signing/envelope';
import { isAbout, RELEASE_TYPE, readStatement, type Statement } from '../../core/signing/statement';

/** A statement about the image, as somebody signed it. */
export interface FoundStatement {
  readonly statement: Statement;
  /** Returns true if it was signed with this key: a SubjectPublicKeyInfo in DER. */
  isSignedBy(publicKey: Buffer): boolean;
}

/** Registries to read from. */
export type AttachmentReader = Pick<ImageRegistry, 'get' | 'referrers' | 'blob'>;

/** Attached statements, and what a further one refers to: undefined for the image itself. */
interface FoundStatements {
  readonly statements: readonly FoundStatement[];
  readonly subject: Referrer | undefined;
}

/** Returns the attached statements of the kind. What is no such statement about this very digest is left out. */
export async function findStatements(...reading: Parameters<typeof findAttached>): Promise<readonly FoundStatement[]> {
  return (await findAttached(...reading)).statements;
}

/** Returns them with what a further one refers to. */
export async function findAttached(
  name: RepositoryName,
  digest: string,
  attached: Attached,
  registry: AttachmentReader,
): Promise<FoundStatements> {
  const direct = await registry.referrers(name, digest);
  const { predicateType, run } = attached;
  const subject = run === undefined ? undefined : statementFor(direct, run);
  const subjects =
    predicateType !== RELEASE_TYPE ? [] : run === undefined ? fullStatements(direct) : [subject ?? []].flat();
  const further = await Promise.all(subjects.map((each) => registry.referrers(name, each.digest)));
  const referrers = [...direct, ...further.flat()].filter((referrer) => mayHold(referrer, attached));
  const found = await Promise.all(referrers.map((referrer) => readAttached(name, referrer, registry)));
  const statements = found
    .flat()
    .filter(({ statement }) => statement.predicateType === predicateType && isAbout(statement, digest));
  return { statements, subject };
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
