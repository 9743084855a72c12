/** Finds the differences between a catalog and the Dockerfiles. */
import type { Catalog, Service } from '../catalog/model';
import type { Problem } from '../contract/errors';
import type { ServiceInputs } from '../input-digest/inputs';
import { findEntry, folderRange, type TreeIndex } from '../input-digest/tree-index';
import { isWithin } from '../text/clean-path';
import { type BuildSource, findDockerfiles } from './detect';
import { namedModules } from './names';

/** One difference. `kind` is stable and may be matched. `path` is a file or folder of the repository. */
export interface Drift {
  readonly kind:
    | 'undeclared-module' // the service declares modules, and its Dockerfile names a further one
    | 'unread-module' // the catalog declares a module that the build of the service does not read
    | 'no-module' // the folder of a module is missing
    | 'no-service' // no service of the catalog uses the Dockerfile
    | 'no-dockerfile' // the Dockerfile of a service is missing
    | 'no-tag' // a path in `values` is no tag in the values file
    | 'broken-service'; // the service cannot be built: its Dockerfile has an error, or its context is missing
  readonly service?: string;
  readonly module?: string;
  readonly path: string;
  readonly text: string;
}

export interface DriftParts {
  readonly catalog: Catalog;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  /** The problems of the services that have no inputs. */
  readonly problems: readonly Problem[];
  /** Returns the sources of a service's Dockerfile; undefined if the Dockerfile cannot be used. */
  readonly sourcesOf: (service: Service) => readonly BuildSource[] | undefined;
  /** Dockerfiles that need no service: of tools, and those that cannot be built. */
  readonly exempt: readonly string[];
}

/** Returns all differences: those of each service, then missing modules, then unused Dockerfiles. */
export function findDrift(parts: DriftParts): readonly Drift[] {
  return [
    ...parts.catalog.services.flatMap((service) => serviceDrift(service, parts)),
    ...missingModules(parts),
    ...unusedDockerfiles(parts),
  ];
}

function serviceDrift(service: Service, parts: DriftParts): readonly Drift[] {
  const { name, build } = service;
  const dockerfile = build === undefined ? service.dockerfile : service.path;
  if (build === undefined && findEntry(parts.tree, dockerfile) === undefined) {
    return [{ kind: 'no-dockerfile', service: name, path: dockerfile, text: 'there is no such file at this commit' }];
  }
  const broken = parts.problems.filter(({ path }) => path.startsWith(`services.${name}.`));
  if (broken.length > 0) {
    return broken.map(({ message }) => ({ kind: 'broken-service', service: name, path: dockerfile, text: message }));
  }
  return [...undeclaredModules(service, parts), ...unreadModules(service, parts)];
}

/** The Dockerfile alone decides what is built. A service that declares nothing leaves it to its Dockerfile. */
function undeclaredModules(service: Service, { catalog, sourcesOf }: DriftParts): readonly Drift[] {
  if (service.dependencies.length === 0) return [];
  const sources = sourcesOf(service) ?? [];
  return namedModules({ ...service, sources }, catalog.modules)
    .filter(({ name }) => !service.dependencies.includes(name))
    .map(({ name, path }) => ({
      kind: 'undeclared-module',
      service: service.name,
      module: name,
      path,
      text: `${service.dockerfile} reads it, the catalog does not declare ${name}`,
    }));
}

function unreadModules(service: Service, { catalog, inputs }: DriftParts): readonly Drift[] {
  const declared = catalog.modules.filter(({ name }) => service.dependencies.includes(name));
  if (declared.length === 0) return [];
  const read = (inputs.get(service.name)?.files ?? []).filter(({ rule }) => !rule.startsWith('declared module '));
  return declared
    .filter(({ path }) => !read.some((file) => isWithin(file.path, path)))
    .map(({ name, path }) => ({
      kind: 'unread-module',
      service: service.name,
      module: name,
      path,
      text: `the catalog declares ${name}, ${service.dockerfile || `\`inputs\` of ${service.name}`} reads nothing of it, so it counts in full`,
    }));
}

function missingModules({ catalog, tree }: DriftParts): readonly Drift[] {
  return catalog.modules
    .filter(({ path }) => {
      const { start, end } = folderRange(tree, path);
      return start === end;
    })
    .map(({ name, path }) => ({
      kind: 'no-module',
      module: name,
      path,
      text: `the module ${name} is not there at this commit`,
    }));
}

function unusedDockerfiles({ catalog, tree, exempt }: DriftParts): readonly Drift[] {
  const used = new Set([...catalog.services.map(({ dockerfile }) => dockerfile), ...exempt]);
  return findDockerfiles(tree.entries)
    .dockerfiles.filter(({ path }) => !used.has(path))
    .map(({ path }) => ({ kind: 'no-service', path, text: 'no service of the catalog is built from this Dockerfile' }));
}
