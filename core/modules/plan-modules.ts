/** Decides which modules a run publishes. Pure: the package index is asked before. */
import type { Catalog, Module, Publishing } from '../catalog/model';
import type { PlannedModule, Reason } from '../contract/plan';
import type { SourceInput } from '../contract/run-input';
import { digestOf } from '../input-digest/input-digest';
import type { ServiceInputs } from '../input-digest/inputs';
import { folderRange, lengthWithSlash, type TreeIndex } from '../input-digest/tree-index';
import { type Ecosystem, isWholeRelease } from './ecosystem';
import { ecosystemOf } from './ecosystems';

/** A module of the catalog that is published. */
export type PublishingModule = Module & { readonly publish: Publishing };

/** Returns the published modules, in the catalog's order. */
export function publishingModules({ modules }: Pick<Catalog, 'modules'>): readonly PublishingModule[] {
  return modules.filter((module): module is PublishingModule => module.publish !== undefined);
}

/** Returns the names of the stages in which modules are published, each once. */
export function publishingStages(catalog: Pick<Catalog, 'modules'>): readonly string[] {
  return [...new Set(publishingModules(catalog).map(({ publish }) => publish.stage))];
}

/** A module with the digest of its content. */
export interface ModuleContent {
  readonly module: PublishingModule;
  readonly contentDigest: string;
}

/** The part of a source that decides about modules. */
interface ModuleSource {
  readonly catalog: Catalog;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, Pick<ServiceInputs, 'files'>>;
}

/** Returns every published module that has files at the commit. `catalog check` reports drift between catalog and repository. */
export function moduleContents({ catalog, tree }: { catalog: Catalog; tree: TreeIndex }): readonly ModuleContent[] {
  return publishingModules(catalog).flatMap((module) => {
    const digest = contentDigest(module, tree);
    return digest === undefined ? [] : [{ module, contentDigest: digest }];
  });
}

/** Returns the modules of a run: all, or on a `build` those that the named services declare or read. */
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

/** The version of a module's content, and what the index has of it. `why` tells how a new version follows from the last one. */
export interface PlannedVersion {
  readonly version: string;
  readonly files: readonly string[];
  readonly why?: string;
  readonly remarks?: readonly string[];
}

/** Plans the module: an index that has wheel and sdist of this version keeps them. */
export function planModule(
  { module, contentDigest }: ModuleContent,
  { version, files, why, remarks = [] }: PlannedVersion,
): PlannedModule {
  const { kind, package: name, stage, minutes } = module.publish;
  const ecosystem = ecosystemOf({ kind });
  const isPublished = isWholeRelease(ecosystem, files);
  const text = publishedText(ecosystem, { name, version, isPublished });
  const reason = (kind: Reason['kind'], text: string): Reason => ({ kind, path: module.path, text });
  const reasons = isPublished
    ? [reason('published', text)]
    : [
        reason('not-published', text),
        ...(why === undefined ? [] : [reason('next-version', why)]),
        ...remarks.map((remark) => reason('remark', remark)),
      ];
  const action = isPublished ? 'keep' : 'publish';
  return {
    name: module.name,
    action,
    contentDigest,
    ...(kind === undefined ? {} : { kind }),
    ...(ecosystem.releasesOnly && { path: module.path }),
    package: name,
    version,
    stage,
    minutes,
    reasons,
  };
}

/** Returns what people should know of the modules before they publish them. */
export function moduleRemarks(modules: readonly PlannedModule[]): readonly string[] {
  return modules.flatMap(({ name, reasons }) =>
    reasons.filter(({ kind }) => kind === 'remark').map(({ text }) => `module ${name}: ${text}`),
  );
}

function publishedText(
  { isDevelopment, releasesOnly }: Ecosystem,
  { name, version, isPublished }: { readonly name: string; readonly version: string; readonly isPublished: boolean },
): string {
  if (releasesOnly === undefined) {
    return isPublished
      ? `is ${name} ${version} in the package index`
      : `the package index has no whole release of ${name} with this content`;
  }
  const { published, tested, missing, untested } = releasesOnly;
  if (isDevelopment(version)) return isPublished ? tested(name) : untested(name);
  return isPublished ? published(name, version) : missing(name);
}

/** Part of every content digest: raise it when `buildspecs/module.yml` would make another package of the same files. */
const MODULE_RECIPE_VERSION = '1';

/** A published module by its folder and its package. */
interface PublishedModule {
  readonly path: string;
  readonly publish: Pick<Publishing, 'kind' | 'package'>;
}

/** Returns 40 hex digits of a SHA-256 over package name, kind and files (mode, path within the folder, blob id); undefined without files. */
export function contentDigest({ path, publish }: PublishedModule, tree: TreeIndex): string | undefined {
  const { start, end } = folderRange(tree, path);
  if (start === end) return undefined;
  const skip = lengthWithSlash(path);
  // A build gets an empty folder for a submodule, whatever its commit.
  const files = tree.entries
    .slice(start, end)
    .map(({ mode, path: file, id }) => [mode, file.slice(skip), mode === '160000' ? '' : id]);
  const { kind, package: name } = publish;
  const recipe = ['module-v1', MODULE_RECIPE_VERSION, name, ...(kind === undefined ? [] : [kind])];
  return digestOf([recipe, ...files]).slice(0, 40);
}
