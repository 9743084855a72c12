/** The arguments of `docker build`, as a list and never as shell text. */
import type { Service } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import type { BaseDigests } from '../../core/contract/image';
import { BASES_LABEL, INPUT_DIGEST_LABEL, printBases, REVISION_LABEL } from '../../core/image/build-label';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const SOURCE_LABEL = 'org.opencontainers.image.source';

/** The image to build. `builtFrom` is undefined if it starts from nothing, `repositoryUrl` if the repository has no address. */
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
 * Returns the arguments of `docker build` for the service in the source folder, with further `options`. The label with the base images is
 * always written, because the image would otherwise inherit that of its base image. Throws `InvalidInput` if a value cannot be an argument.
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
    ...Object.entries(service.contexts ?? {}).map(
      ([name, folder]) => `--build-context=${name}=${below(directory, folder)}`,
    ),
    ...(service.target === undefined ? [] : [`--target=${service.target}`]),
    ...(service.platforms.length === 0 ? [] : [`--platform=${service.platforms.join(',')}`]),
    ...options,
    '--',
    below(directory, service.context),
  ];
  const split = list.filter((argument) => argument.includes('\0'));
  if (split.length === 0) return list;
  // NUL ends an argument, and Docker would read the rest as the next option.
  const problems = split.map((argument) => ({ path: JSON.stringify(argument), message: 'has a NUL character' }));
  throw new InvalidInputError('the image cannot be built', problems);
}

/** Returns the labels of an image. There is none for the time, because the image has its own, and layers of equal content stay equal. */
export function labels({
  inputDigest,
  commit,
  repositoryUrl,
  builtFrom,
}: BuildOrder): readonly (readonly [string, string])[] {
  return [
    [INPUT_DIGEST_LABEL, inputDigest],
    [REVISION_LABEL, commit],
    ...(repositoryUrl === undefined ? [] : [[SOURCE_LABEL, repositoryUrl] as const]),
    ...(builtFrom === undefined ? [] : [[BASES_LABEL, printBases(builtFrom)] as const]),
  ];
}

/** Returns the path behind the folder, so that Docker cannot read it as an option or an address. */
function below(directory: string, path: string): string {
  return path === '' ? directory : `${directory}/${path}`;
}
