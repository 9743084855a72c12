/** The registry port for Amazon ECR: manifests by ECR's own API, whose errors have names; blobs by the registry protocol. */
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import { movablePatterns } from '../../../core/contract/keys';
import { pullPolicy } from '../../../core/doctor/judge-policies';
import type { ImageRegistry, Manifest, RepositoryName } from '../../../core/ports/registry';
import type { Clock } from '../../../core/ports/store';
import { checkReference } from '../check-reference';
import { awaitDigest } from '../manifests';
import { checkManifest } from '../put';
import type { EcrClient } from './ecr-client';
import { ecrAccount } from './ecr-host';
import { ecrFailure, findImage, hasRepository, isNamed, putImage, replicationFailure, toManifest } from './ecr-images';

interface EcrRegistryOptions {
  /** A client of the registry's region. It retries and limits its rate, so that nothing here does. */
  readonly client: EcrClient;
  /** The registry protocol, for content. */
  readonly oci: ImageRegistry;
  /** Tags that may move in repositories created here, besides content tags. */
  readonly movableTags: readonly string[];
  /** Other accounts that may pull from repositories made here. */
  readonly pullAccounts: readonly string[];
  /** Says what to do about a repository that is missing and cannot be made here. Default: missing repositories are made. */
  readonly makeByHand?: (name: RepositoryName) => string;
  readonly clock: Clock;
}

/** Creates the port for repositories of one account and region. Its functions throw `RegistryError`. */
export function createEcrRegistry(options: EcrRegistryOptions): ImageRegistry {
  const { client, oci, clock, makeByHand } = options;
  const seen = new Map<string, string>();
  const inRepository = <Result>(name: RepositoryName, work: () => Promise<Result>) =>
    makeByHand === undefined ? createIfMissing(() => createRepository(name, options), work) : work();
  const get = async (name: RepositoryName, reference: string) => {
    checkReference(name, reference);
    const image = await findImage(client, name, reference).catch((error: unknown) => {
      // In another account, ECR may refuse a look at a repository that does not exist, as one that no policy allows.
      const isRefused = error instanceof PipelineError && isNamed(error.cause, 'AccessDeniedException');
      if (makeByHand === undefined || !isRefused) throw error;
      throw ecrFailure('BatchGetImage', name, reference, `AccessDenied; ${makeByHand(name)}`, error);
    });
    if (image === undefined) return undefined;
    const manifest = toManifest(name, reference, image);
    seen.set(`${name.repository}:${reference}`, manifest.digest);
    return manifest;
  };
  const head = async (name: RepositoryName, reference: string) => (await get(name, reference))?.digest;

  const put = async (name: RepositoryName, reference: string, manifest: Manifest): Promise<void> => {
    checkReference(name, reference);
    checkManifest(name, reference, manifest);
    const stale = seen.get(`${name.repository}:${reference}`);
    // An error does not say what was done. An immutable tag, for one, is refused even for the digest that it has
    // (aws/containers-roadmap#2179). Only a look tells whether the right image is there.
    const cause = await putImage(client, name, reference, manifest).catch((error: unknown) => error ?? 'failed');
    const look = () => head(name, reference);
    const found =
      cause === undefined || isNamed(cause, ...TAKEN)
        ? await awaitDigest(look, manifest.digest, stale, clock)
        : await look().catch(() => undefined);
    if (found === manifest.digest) return;
    const text =
      found !== undefined
        ? `it is ${found}, and should be ${manifest.digest}; a version is given once`
        : cause === undefined
          ? `the image was put and accepted, and is not there; start the run again`
          : messageOf(cause);
    throw ecrFailure('PutImage', name, reference, text, cause);
  };

  return {
    get,
    head,
    config: (name, manifest) => oci.config(name, manifest),
    whyNotReplicated: (name, digest, to) => replicationFailure(client, name, digest, to),
    whyNotWritable: async (name) =>
      makeByHand === undefined || (await hasRepository(client, name)) ? undefined : makeByHand(name),
    put: (name, reference, manifest) => inRepository(name, () => put(name, reference, manifest)),
    copyContent: (from, to, manifest, kept) => inRepository(to, () => oci.copyContent(from, to, manifest, kept)),
    referrers: (name, digest) => oci.referrers(name, digest),
    blob: (name, digest) => oci.blob(name, digest),
    putBlob: (name, bytes) => inRepository(name, () => oci.putBlob(name, bytes)),
  };
}

/** Errors for an image that exists, even if a read does not show it yet. */
const TAKEN = ['ImageAlreadyExistsException', 'ImageTagAlreadyExistsException'];

/** Repeats the work in a new repository if it failed because there is none: the first release of an image. */
async function createIfMissing<Result>(create: () => Promise<void>, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
    await create();
    return work();
  }
}

/** Known by the SDK's error, or by the registry protocol's code. */
function isRepositoryMissing(error: unknown): boolean {
  const cause = error instanceof PipelineError ? error.cause : undefined;
  return (
    isNamed(cause, 'RepositoryNotFoundException') || (error as { readonly code?: unknown }).code === 'NAME_UNKNOWN'
  );
}

const NOT_ALLOWED =
  '; deploy the stack again, whose release function may create repositories in the namespace, or create this one by hand with immutable tags';

/**
 * Creates a release repository (docs/decisions/005): versions are immutable, the content tag and `movableTags` may move, images are scanned. A
 * repository that somebody else created meanwhile is left as it is. No lifecycle: releases do not expire.
 */
async function createRepository(
  name: RepositoryName,
  { client, movableTags, pullAccounts }: EcrRegistryOptions,
): Promise<void> {
  const repository = { registryId: ecrAccount(name.host), repositoryName: name.repository };
  try {
    await client.send(
      new CreateRepositoryCommand({
        ...repository,
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: movablePatterns(movableTags).map((filter) => ({
          filterType: 'WILDCARD' as const,
          filter,
        })),
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
      }),
    );
    if (pullAccounts.length > 0) {
      const policyText = JSON.stringify(pullPolicy(pullAccounts));
      await client.send(new SetRepositoryPolicyCommand({ ...repository, policyText }));
    }
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException')) return;
    const advice = isNamed(error, 'AccessDeniedException') ? NOT_ALLOWED : '';
    const text = `CreateRepository ${name.host}/${name.repository}: ${messageOf(error)}${advice}`;
    throw new PipelineError(ERROR_NAMES.registry, text, { cause: error });
  }
}
