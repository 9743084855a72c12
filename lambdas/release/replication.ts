/**
 * Waits for images that ECR's replication brings into the registry of an environment. ECR replicates what is pushed, tags included, under the
 * same repository name (AmazonECR user guide, "Private image replication").
 */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { ReleasedService } from '../../core/contract/release';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';

/** Seconds between two looks. ECR replicates most images in less than half an hour. */
export const LOOK_EVERY = 15;

/**
 * Returns the digest that the version has in the environment's registry, or undefined if it is not there yet. Throws `RegistryError` if ECR has
 * given up.
 */
export async function replicatedDigest(
  { version, digest }: ReleasedService,
  { from, to }: { readonly from: RepositoryName; readonly to: RepositoryName },
  registry: ImageRegistry,
): Promise<string | undefined> {
  const found = await registry.head(to, version);
  if (found !== undefined) return found;
  const failure = await registry.whyNotReplicated?.(from, digest, to.host);
  if (failure === undefined) return undefined;
  const { host, repository } = to;
  const message = `ECR did not replicate ${from.host}/${repository}:${version} to ${host}: ${failure}; fix that, then push the image there once, since ECR replicates an image only when it is pushed: crane copy ${from.host}/${repository}:${version} ${host}/${repository}:${version}`;
  throw new PipelineError(ERROR_NAMES.registry, message);
}
