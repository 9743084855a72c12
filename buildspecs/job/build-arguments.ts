/** What `docker build` is called with: an argument list, no shell text. */

import type { Service } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import type { BaseDigests } from '../../core/contract/image';
import { BASES_LABEL, printBases } from '../../core/image/build-label';

/** Label of every image: equal inputs, equal label. */
export const INPUT_DIGEST_LABEL = 'image-pipeline.input-digest';
/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const REVISION_LABEL = 'org.opencontainers.image.revision';
export const SOURCE_LABEL = 'org.opencontainers.image.source';

/** What is to be built. `builtFrom` is undefined if the image is built from nothing, `repositoryUrl` if the repository has none. */
export interface BuildOrder {
  readonly candidate: string;
  readonly inputDigest: string;
  /** The commit of the run that builds the content first. */
  readonly commit: string;
  readonly repositoryUrl?: string;
  readonly builtFrom?: BaseDigests;
  readonly noCache?: boolean;
}

/**
 * Arguments of `docker build` for the service in the source folder, `options` among them. An image that is built from others always
 * says from which, since it would else have the label of the one that it is built from. Throws `InvalidInput` if a value cannot be an
 * argument.
 */
export function buildArguments(
  service: Service,
  order: BuildOrder,
  directory: string,
  options: readonly string[] = [],
): readonly string[] {
  const list = [
    '--progress=plain',
    ...(order.noCache === true ? ['--no-cache'] : []),
    `--tag=${order.candidate}`,
    ...labels(order).map(([name, value]) => `--label=${name}=${value}`),
    `--file=${below(directory, service.dockerfile)}`,
    ...Object.entries(service.buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...(service.target === undefined ? [] : [`--target=${service.target}`]),
    ...(service.platforms.length === 0 ? [] : [`--platform=${service.platforms.join(',')}`]),
    ...options,
    '--',
    below(directory, service.context),
  ];
  const split = list.filter((argument) => argument.includes('\0'));
  if (split.length === 0) return list;
  // It would end the argument, and what follows would be read as one of Docker's options.
  const problems = split.map((argument) => ({ path: JSON.stringify(argument), message: 'has a NUL character' }));
  throw new InvalidInputError('the image cannot be built', problems);
}

/** No time: an image says itself when it was built, and layers of equal content stay equal. */
function labels({ inputDigest, commit, repositoryUrl, builtFrom }: BuildOrder): readonly (readonly [string, string])[] {
  return [
    [INPUT_DIGEST_LABEL, inputDigest],
    [REVISION_LABEL, commit],
    ...(repositoryUrl === undefined ? [] : [[SOURCE_LABEL, repositoryUrl] as const]),
    ...(builtFrom === undefined ? [] : [[BASES_LABEL, printBases(builtFrom)] as const]),
  ];
}

/** Begins with the folder, so that no path can be read as an option or as an address. */
function below(directory: string, path: string): string {
  return path === '' ? directory : `${directory}/${path}`;
}
