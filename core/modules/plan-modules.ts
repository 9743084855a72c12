/** Which modules a run publishes. Pure: what the package index has was asked before. */
import type { Catalog, Module, Publishing } from '../catalog/model';
import type { PlannedModule, Reason } from '../contract/plan';
import type { SourceInput } from '../contract/run-input';
import { digestOf } from '../input-digest/input-digest';
import type { ServiceInputs } from '../input-digest/inputs';
import { folderRange, lengthWithSlash, type TreeIndex } from '../input-digest/tree-index';
import type { PackageRelease } from '../ports/packages';
import { isWholeRelease } from './package';

/** A module of the catalog that is published. */
export type PublishingModule = Module & { readonly publish: Publishing };

/** Those that are published, in the catalog's order. */
export function publishingModules({ modules }: Pick<Catalog, 'modules'>): readonly PublishingModule[] {
  return modules.filter((module): module is PublishingModule => module.publish !== undefined);
}

/** Names of the stages in which modules are published, each once. */
export function publishingStages(catalog: Pick<Catalog, 'modules'>): readonly string[] {
  return [...new Set(publishingModules(catalog).map(({ publish }) => publish.stage))];
}

/** A module with the digest of its content. */
export interface ModuleContent {
  readonly module: PublishingModule;
  readonly contentDigest: string;
}

/** What is known of the source; of a service's inputs the files are looked at. */
interface ModuleSource {
  readonly catalog: Catalog;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, Pick<ServiceInputs, 'files'>>;
}

/** Every published module that has files at the commit. Drift between catalog and repository is told by `catalog check`. */
export function moduleContents({ catalog, tree }: { catalog: Catalog; tree: TreeIndex }): readonly ModuleContent[] {
  return publishingModules(catalog).flatMap((module) => {
    const digest = contentDigest(module, tree);
    return digest === undefined ? [] : [{ module, contentDigest: digest }];
  });
}

/** The modules that a run is about: all, or on a `build` those of which the named services declare or read anything. */
export function concernedModules(input: SourceInput, source: ModuleSource): readonly ModuleContent[] {
  const used = input.action === 'build' ? modulesOf(input.services, source) : undefined;
  return moduleContents(source).filter(({ module }) => used?.has(module) !== false);
}

function modulesOf(names: readonly string[], { catalog, inputs }: ModuleSource): ReadonlySet<PublishingModule> {
  const used = new Set<PublishingModule>();
  for (const { name, dependencies } of catalog.services.filter((service) => names.includes(service.name))) {
    const files = inputs.get(name)?.files ?? [];
    for (const module of publishingModules(catalog)) {
      const isRead = dependencies.includes(module.name) || files.some(({ path }) => path.startsWith(`${module.path}/`));
      if (isRead) used.add(module);
    }
  }
  return used;
}

/** What becomes of the module; `release` is what the index has of this content. */
export function planModule(
  { module, contentDigest }: ModuleContent,
  release: PackageRelease | undefined,
): PlannedModule {
  const { package: name, stage, minutes } = module.publish;
  const isPublished = release !== undefined && isWholeRelease(release.files);
  const reason: Reason = isPublished
    ? { kind: 'published', path: module.path, text: `is ${name} ${release.version} in the package index` }
    : {
        kind: 'not-published',
        path: module.path,
        text: `the package index has no whole release of ${name} with this content`,
      };
  return {
    name: module.name,
    action: isPublished ? 'keep' : 'publish',
    contentDigest,
    package: name,
    ...(isPublished ? { version: release.version } : {}),
    stage,
    minutes,
    reasons: [reason],
  };
}

// What a module's package is made of: the files of its folder, and nothing else.

/** Part of every content digest: raise it when `buildspecs/module.yml` would make another package of the same files. */
const MODULE_RECIPE_VERSION = '1';

/** A module that is published, by its folder and its package. */
interface PublishedModule {
  readonly path: string;
  readonly publish: Pick<Publishing, 'package'>;
}

/**
 * sha256 over package name and files (mode, path within the folder, blob id), first 40 hex digits; undefined if there is no file. Where the
 * folder lies is no part of it.
 */
export function contentDigest({ path, publish }: PublishedModule, tree: TreeIndex): string | undefined {
  const { start, end } = folderRange(tree, path);
  if (start === end) return undefined;
  const skip = lengthWithSlash(path);
  // Of a submodule a build has an empty folder, whatever commit it stands for.
  const files = tree.entries
    .slice(start, end)
    .map(({ mode, path: file, id }) => [mode, file.slice(skip), mode === '160000' ? '' : id]);
  return digestOf([['module-v1', MODULE_RECIPE_VERSION, publish.package], ...files]).slice(0, 40);
}
