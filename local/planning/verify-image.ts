/** `pipeline verify`: what an image was built from, by registry and git alone. */
import {
  checkImage,
  commitsToCheck,
  type ImageCheck,
  type LockedImage,
  type Recomputed,
} from '../../core/compare/verify-image';
import { type AttachedFacts, checkSigned, describeUnchecked } from '../../core/compare/verify-signature';
import { InvalidInputError, messageOf } from '../../core/contract/errors';
import type { BaseDigests } from '../../core/contract/image';
import { readBuildFacts, readContentLabels } from '../../core/image/build-label';
import { attestationManifests, predicateTypes } from '../../core/image/manifest';
import { type ImageReference, printReference } from '../../core/image/reference';
import { indexTree } from '../../core/input-digest/tree-index';
import type { ImageRegistry, Manifest, RepositoryName } from '../../core/ports/registry';
import { RELEASE_TYPE, readRelease, SIGNATURE_TYPE } from '../../core/signing/statement';
import { type AttachmentReader, findStatements } from '../../lambdas/shared/find-statements';
import { discoverSnapshot } from './discover';
import { findCatalog } from './find-catalog';
import { openPlanningRepository } from './repository';
import { readVersionHistory } from './version-history';

export interface VerifyOptions {
  readonly repo: string;
  readonly ref: string;
  /** As in `HistoryOptions`. */
  readonly valuesRepo?: string;
  /** A catalog file for all commits. */
  readonly catalog?: string;
  /** The public key of the releases in DER. Without it, signatures are told and not checked. */
  readonly publicKey?: Buffer;
}

/** What an image was built from. */
export interface VerifiedImage {
  readonly image: string;
  readonly digest: string;
  /** The newest release of the digest; absent if there is none. */
  readonly release?: LockedImage;
  /** External base images by name, with their digests; absent if the image has none or does not say. */
  readonly bases?: BaseDigests;
  /** The predicate types of what BuildKit attested: https://docs.docker.com/build/metadata/attestations/ */
  readonly attestations: readonly string[];
  /** What is known without a key; absent if the signature was checked. */
  readonly signed?: string;
  readonly checks: readonly ImageCheck[];
}

/** Compares an image with git. Throws `InvalidInput` if there is no such image or no version lock, `RegistryError` if the registry fails. */
export async function verifyImage(
  image: ImageReference,
  registry: AttachmentReader & Pick<ImageRegistry, 'config'>,
  options: VerifyOptions,
): Promise<VerifiedImage> {
  const reference = image.digest ?? image.tag ?? 'latest';
  // Without network first.
  const [histories, named] = await Promise.all([readVersionHistory(options), findService(image, options)]);
  const manifest = await registry.get(image, reference);
  if (manifest === undefined) throw refuse(image, `the registry has no ${reference} of it`);
  const config = await registry.config(image, manifest);
  if (config === undefined) throw refuse(image, 'it has no config, so it is no image');
  const locked = histories
    .flatMap(({ lock, versions }) => versions.map((event): LockedImage => ({ ...event, lock })))
    .filter(({ service }) => service === named.service);
  const releases = locked.filter(({ digest }) => digest === manifest.digest);
  const labels = readContentLabels(config);
  const recomputed = new Map<string, Recomputed>();
  for (const commit of commitsToCheck({ releases, labels })) {
    recomputed.set(commit, await recompute(commit, named, options));
  }
  const tag = image.digest === undefined ? reference : undefined;
  const tagged = newestOfEachLock(locked.filter(({ version }) => version === tag));
  const { bases } = readBuildFacts(config);
  const facts = { digest: manifest.digest, tag, labels, bases, releases, tagged, recomputed };
  const { publicKey } = options;
  const attached = await readAttached(image, manifest.digest, publicKey, registry);
  return {
    image: printReference(image),
    digest: manifest.digest,
    ...(releases[0] === undefined ? {} : { release: releases[0] }),
    ...(bases === undefined ? {} : { bases }),
    attestations: await attestations(image, manifest, registry),
    ...(publicKey === undefined ? { signed: describeUnchecked(attached) } : {}),
    checks: [...checkImage(facts), ...(publicKey === undefined ? [] : checkSigned(attached, facts))],
  };
}

async function readAttached(
  name: RepositoryName,
  digest: string,
  publicKey: Buffer | undefined,
  registry: AttachmentReader,
): Promise<AttachedFacts> {
  const find = async (predicateType: string) => {
    const statements = await findStatements(name, digest, { predicateType }, registry);
    return statements.map(({ statement, isSignedBy }) => ({
      statement,
      isRight: publicKey !== undefined && isSignedBy(publicKey),
    }));
  };
  const [signatures, statements] = await Promise.all([find(SIGNATURE_TYPE), find(RELEASE_TYPE)]);
  const releases = statements.flatMap(({ statement, isRight }) => {
    const release = readRelease(statement);
    return release === undefined ? [] : [{ isRight, release }];
  });
  return { signatures, releases };
}

/** The service of an image, and the `host/namespace` of the catalog's images. */
interface NamedService {
  readonly service: string;
  readonly releases: string;
}

async function findService(image: ImageReference, { repo, ref, catalog }: VerifyOptions): Promise<NamedService> {
  const repository = openPlanningRepository(repo);
  const tree = indexTree(await repository.tree(await repository.resolve(ref)));
  const { services } = (await findCatalog(repository, tree, catalog)).catalog;
  const found = services
    .filter((service) => `/${image.repository}`.endsWith(`/${service.image}`))
    .sort((a, b) => b.image.length - a.image.length)[0];
  if (found === undefined) throw refuse(image, `no service of the catalog at ${ref} has an image of this name`);
  const namespace = image.repository.slice(0, -found.image.length).replace(/\/$/, '');
  return { service: found.name, releases: [image.host, namespace].filter((part) => part !== '').join('/') };
}

async function recompute(
  commit: string,
  { service, releases }: NamedService,
  { repo, catalog }: VerifyOptions,
): Promise<Recomputed> {
  const repository = openPlanningRepository(repo);
  try {
    const tree = indexTree(await repository.tree(await repository.resolve(commit)));
    const found = await findCatalog(repository, tree, catalog);
    const { inputs, problems } = await discoverSnapshot({ repository, commit, tree, found, releases });
    const now = inputs.get(service);
    if (now !== undefined) return { inputDigest: now.inputDigest, ...(now.former && { former: now.former }) };
    const problem = problems.find(({ path }) => path.startsWith(`services.${service}.`));
    return { problem: problem?.message ?? `the catalog there has no service ${service}` };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { problem: messageOf(error) };
  }
}

/** The events of a lock are the newest first. */
function newestOfEachLock(events: readonly LockedImage[]): readonly LockedImage[] {
  return events.filter((event, at) => events.findIndex(({ lock }) => lock === event.lock) === at);
}

/** Returns the predicate types of BuildKit's attestations. */
async function attestations(
  image: ImageReference,
  manifest: Manifest,
  registry: Pick<ImageRegistry, 'get'>,
): Promise<readonly string[]> {
  const manifests = await Promise.all(
    attestationManifests(manifest.bytes).map((digest) => registry.get(image, digest)),
  );
  const types = manifests.flatMap((found) => (found === undefined ? [] : predicateTypes(found.bytes)));
  return [...new Set(types)].sort();
}

function refuse(image: ImageReference, message: string): InvalidInputError {
  return new InvalidInputError('the image cannot be verified', [{ path: printReference(image), message }]);
}
