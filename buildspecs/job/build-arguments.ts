/** What `docker build` is called with: an argument list, no shell text. */

import type { BaseDigests } from '../../core/build-facts';
import type { Service } from '../../core/catalog/catalog';
import { InvalidInputError } from '../../core/errors';
import { BASES_LABEL, printBases } from '../../core/image/build-label';

/** Label of every image: equal inputs, equal label. Commit and time are left out, since equal content must make equal images. */
export const INPUT_DIGEST_LABEL = 'image-pipeline.input-digest';

/** What is to be built. `builtFrom` is undefined if the image is built from nothing. */
export interface BuildOrder {
  readonly candidate: string;
  readonly inputDigest: string;
  readonly builtFrom?: BaseDigests;
  readonly noCache?: boolean;
}

/**
 * Arguments of `docker build` for the service in the source folder. An image that is built from others always says from which, since it
 * would else have the label of the one that it is built from. Throws `InvalidInput` if the service asks for several platforms,
 * which one engine's own builder cannot put into one image, or if a value cannot be an argument.
 */
export function buildArguments(
  service: Service,
  { candidate, inputDigest, builtFrom, noCache = false }: BuildOrder,
  directory: string,
): readonly string[] {
  const [platform, ...more] = service.platforms;
  if (more.length > 0) {
    const message = `asks for ${service.platforms.join(' and ')}; a job builds for one platform, so leave one in the catalog`;
    throw new InvalidInputError('the image cannot be built', [{ path: `services.${service.name}.platforms`, message }]);
  }
  const list = [
    '--progress=plain',
    ...(noCache ? ['--no-cache'] : []),
    `--tag=${candidate}`,
    `--label=${INPUT_DIGEST_LABEL}=${inputDigest}`,
    ...(builtFrom === undefined ? [] : [`--label=${BASES_LABEL}=${printBases(builtFrom)}`]),
    `--file=${below(directory, service.dockerfile)}`,
    ...Object.entries(service.buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...(service.target === undefined ? [] : [`--target=${service.target}`]),
    ...(platform === undefined ? [] : [`--platform=${platform}`]),
    '--',
    below(directory, service.context),
  ];
  const split = list.filter((argument) => argument.includes('\0'));
  if (split.length === 0) return list;
  // It would end the argument, and what follows would be read as one of Docker's options.
  const problems = split.map((argument) => ({ path: JSON.stringify(argument), message: 'has a NUL character' }));
  throw new InvalidInputError('the image cannot be built', problems);
}

/** Begins with the folder, so that no path can be read as an option or as an address. */
function below(directory: string, path: string): string {
  return path === '' ? directory : `${directory}/${path}`;
}
