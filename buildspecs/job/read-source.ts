/** Reads an unpacked source folder as the plan step read the commit, and computes the input digests again to compare them. */
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { readDirectoryBlobs, readDirectoryTree } from '../../adapters/git/tree';
import type { Catalog, Service } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../../core/contract/errors';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import { requiredBlobs } from '../../core/input-digest/build-files';
import { discoverInputs } from '../../core/input-digest/discover-inputs';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { indexTree } from '../../core/input-digest/tree-index';
import { isDigestOf } from '../../core/planning/former-records';
import { discoverReleased } from '../../core/planning/own-images';

/** The path of the catalog in the source, and the `host/namespace` of the catalog's own images. */
export interface SourceOptions {
  readonly catalogFile: string;
  readonly releases: string;
}

/** Returns the catalog of the source. Throws `InvalidInput` if it is missing, `InvalidCatalog` if it cannot be used. */
export async function readCatalog(directory: string, catalogFile: string): Promise<Catalog> {
  try {
    return parseCatalog(await readFile(await pathWithin(directory, catalogFile), 'utf8'));
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError('the source has no catalog', [{ path: catalogFile, message: messageOf(error) }]);
  }
}

/** Returns the service of that name. Throws `InvalidInput` if the catalog has none. */
export function findService(catalog: Catalog, name: string): Service {
  const service = catalog.services.find((each) => each.name === name);
  if (service !== undefined) return service;
  throw new InvalidInputError('the job cannot be done', [{ path: name, message: 'the catalog has no such service' }]);
}

/** The source of a build. */
export interface JobSource {
  readonly catalog: Catalog;
  /** The inputs of every service, computed from the files of the folder. */
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  /** Services by the repository names (without tag) that Dockerfiles have for their images. */
  readonly ownImages: ReadonlyMap<string, string>;
  /** Returns the names of all images that a service's build starts from or copies from, as its Dockerfile writes them. */
  imageNames(service: string): readonly string[];
}

/** Reads the source. Throws `InvalidCatalog` if the inputs of its services cannot be known. */
export async function readSource(directory: string, { catalogFile, releases }: SourceOptions): Promise<JobSource> {
  const catalog = await readCatalog(directory, catalogFile);
  const entries = await readDirectoryTree(directory);
  const tree = indexTree(entries);
  const texts = await readDirectoryBlobs(directory, entries, [...requiredBlobs(catalog, tree)]);
  const discovery = { catalog, tree, texts, recipeVersion: RECIPE_VERSION };
  const { inputs, problems, ownImages } = discoverReleased(discovery, releases);
  if (problems.length > 0) {
    throw new InvalidInputError('the source cannot be built', problems, undefined, ERROR_NAMES.invalidCatalog);
  }
  let external: ReturnType<typeof discoverInputs> | undefined;
  return {
    catalog,
    inputs,
    ownImages,
    imageNames: (service) => {
      // Without `ownImages`, the images of the catalog count as external ones, too.
      external ??= discoverInputs(discovery);
      return external.inputs.get(service)?.bases ?? [];
    },
  };
}

/** Returns the real path in the source. Throws `InvalidInput` for a link out of it: a commit must not build files of the machine into an image. */
export async function pathWithin(directory: string, path: string): Promise<string> {
  const root = await realpath(directory);
  const found = await realpath(join(root, path));
  if (found === root || found.startsWith(root + sep)) return found;
  throw new InvalidInputError('the source cannot be built', [
    { path, message: 'leads out of the source by a symbolic link; replace the link by what it points to' },
  ]);
}

/** Returns the service's inputs. Throws `InputDigestMismatch` unless they have the planned digest, by the former recipe if the plan is older. */
export function checkInputDigest(
  inputs: ReadonlyMap<string, ServiceInputs>,
  planned: { readonly service: string; readonly inputDigest: string },
): ServiceInputs {
  const { service, inputDigest } = planned;
  const found = inputs.get(service);
  if (found !== undefined && isDigestOf(found, inputDigest)) return found;
  const what =
    found === undefined
      ? `the source has no service '${service}'`
      : `the input digest of ${service} in the fetched source is ${found.inputDigest}, the plan said ${inputDigest}`;
  throw new PipelineError(
    ERROR_NAMES.inputDigestMismatch,
    `${what}; nothing was built. The source archive is not the planned commit's, or plan step and job tool are of different versions (recipe ${RECIPE_VERSION} here): deploy again, then start the run again`,
  );
}
