/**
 * Signs images and states how each got its version, in cosign's format. Both are attached to the digest that gets the version: for an image of
 * several platforms that is the index, which names its children by digest.
 */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { BuildFacts } from '../../core/contract/image';
import type { BuiltImage } from '../../core/contract/job';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedService } from '../../core/contract/plan';
import type { GivenApproval } from '../../core/contract/release';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import type { OpenSigner, Signer } from '../../core/ports/signer';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { type Attached, attachBundle, EMPTY_CONFIG, printBundle } from '../../core/signing/bundle';
import { signStatement } from '../../core/signing/envelope';
import {
  RELEASE_TYPE,
  type Release,
  readRelease,
  releaseStatement,
  SIGNATURE_TYPE,
  type Statement,
  signatureOf,
} from '../../core/signing/statement';
import { findAttached } from '../shared/find-statements';
import { readIfStored } from '../shared/stored';
import { findManifest, keepManifest } from './find-manifest';

/** A manifest in the repository where it gets its version. */
interface SignedImage {
  readonly to: RepositoryName;
  readonly manifest: Manifest;
}

/** The same image with its version, and how it was built. */
interface ReleasedImage extends SignedImage {
  readonly service: PlannedService;
  readonly facts: BuildFacts;
  readonly claimed: { readonly version: string };
}

interface SigningDependencies {
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Signs the images of one run. Both functions add nothing that is there already. They throw `SigningError` and `RegistryError`. */
export interface ImageSigning {
  /** Signs the digest. */
  sign(image: SignedImage): Promise<void>;
  /** States how the digest got its version. */
  state(image: ReleasedImage): Promise<void>;
}

/** Opens the key; undefined if images are not signed. Throws `SigningError` for a key that cannot sign, before anything is written. */
export async function openSigning(
  plan: Plan,
  approval: GivenApproval | undefined,
  { openSigner, ...dependencies }: SigningDependencies & { readonly openSigner?: OpenSigner | undefined },
): Promise<ImageSigning | undefined> {
  if (openSigner === undefined) return undefined;
  const opened = await openSigner().catch(tellNoVersion);
  const signer: Signer = { ...opened, sign: (bytes) => opened.sign(bytes).catch(tellNoVersion) };
  return {
    sign: (image) => signImage(image, { signer, ...dependencies }),
    state: (image) => stateRelease(image, plan, approval, { signer, ...dependencies }),
  };
}

/** Every version is put after the last signature. */
function tellNoVersion(error: unknown): never {
  if (!(error instanceof PipelineError)) throw error;
  throw new PipelineError(ERROR_NAMES.signing, `${error.message}; no image got its version`, { cause: error });
}

type OpenSigning = SigningDependencies & { readonly signer: Signer };

function signImage(image: SignedImage, signing: OpenSigning): Promise<void> {
  const attached = { predicateType: SIGNATURE_TYPE };
  return attachOnce(image, signatureOf(image.manifest.digest), attached, () => true, signing);
}

async function stateRelease(
  image: ReleasedImage,
  plan: Plan,
  approval: GivenApproval | undefined,
  signing: OpenSigning,
): Promise<void> {
  const { to, manifest, service } = image;
  const builtBy = await findBuilder(manifest.digest, service, plan, signing.store);
  const release = describeRelease(image, plan, approval, builtBy);
  const statement = releaseStatement(`${to.host}/${to.repository}`, manifest.digest, release);
  const isSame = (found: Statement) => {
    const { run, version, environment } = readRelease(found) ?? {};
    return run?.id === plan.run && version === release.version && environment === release.environment;
  };
  await attachOnce(image, statement, { predicateType: RELEASE_TYPE, run: plan.run }, isSame, signing);
}

function describeRelease(
  { service, facts, claimed: { version } }: ReleasedImage,
  plan: Plan,
  approval: GivenApproval | undefined,
  builtBy: Release['builtBy'],
): Release {
  const { name, action, made, inputDigest, reasons } = service;
  return {
    service: name,
    version,
    environment: plan.environment,
    action: action === 'build' ? 'build' : 'retag',
    reasons: reasons.map(({ kind, text }) => ({ kind, text })),
    // An image of other content than that of the plan's commit is released by its record.
    ...(made === undefined ? { inputDigest, recipe: RECIPE_VERSION, source: plan.commit } : made),
    ...(builtBy === undefined ? {} : { builtBy }),
    ...(facts.built === undefined ? {} : { built: facts.built }),
    ...(facts.bases === undefined ? {} : { bases: facts.bases }),
    run: {
      id: plan.run,
      action: plan.action,
      ref: plan.ref,
      commit: plan.commit,
      ...(plan.startedBy === undefined ? {} : { startedBy: plan.startedBy }),
      ...(approval?.by === undefined ? {} : { approvedBy: approval.by }),
    },
  };
}

/** Returns the run that built the image; undefined if an older version built it, or another tool. */
async function findBuilder(
  digest: string,
  { action }: PlannedService,
  plan: Plan,
  store: ObjectStore,
): Promise<Release['builtBy']> {
  if (action === 'build') return { run: plan.run, commit: plan.commit };
  const built = await readIfStored<BuiltImage>(store, objectKeys.built(digest));
  if (built === undefined) return undefined;
  const { commit } = (await readIfStored<Plan>(store, objectKeys.plan(built.run))) ?? {};
  return { run: built.run, ...(commit === undefined ? {} : { commit }) };
}

/**
 * Attaches a statement unless one like it is attached with a valid signature of the key. The step can be killed between any two calls: the
 * artifact comes last, and nothing refers to a blob that was left behind.
 */
async function attachOnce(
  { to, manifest }: SignedImage,
  statement: Statement,
  attached: Attached,
  isSame: (found: Statement) => boolean,
  { signer, registry, store, clock }: OpenSigning,
): Promise<void> {
  const get = (name: RepositoryName, reference: string) => findManifest(name, reference, { registry, store });
  const { statements, subject } = await findAttached(to, manifest.digest, attached, { ...registry, get });
  if (statements.some((each) => each.isSignedBy(signer.publicKey) && isSame(each.statement))) return;
  const bundle = printBundle(await signStatement(statement, signer), signer.publicKey);
  const artifact = attachBundle(subject ?? { ...manifest, size: manifest.bytes.length }, bundle, attached, clock.now());
  await Promise.all([registry.putBlob(to, bundle), registry.putBlob(to, EMPTY_CONFIG)]);
  await registry.put(to, artifact.digest, artifact);
  // The next release looks at it without a counted pull.
  await keepManifest(store, artifact);
}
