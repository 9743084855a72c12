/** `catalog check` and `catalog init` on a repository on disk. */
import type { Catalog } from '../../core/catalog/model';
import { type Evidence, evidenceFiles, readEvidence } from '../../core/catalog-init/builds/evidence';
import { catalogFiles } from '../../core/catalog-init/chart-tags';
import type { ContextPreference } from '../../core/catalog-init/choose-context';
import { findDockerfiles, readSources, type UnsetArgument, unsetArguments } from '../../core/catalog-init/detect';
import { type Drift, findDrift } from '../../core/catalog-init/drift';
import {
  draftCatalog,
  type InitialCatalog,
  initCatalog,
  unbuiltDockerfiles,
  unusableDockerfiles,
} from '../../core/catalog-init/init-catalog';
import { tagFiles } from '../../core/catalog-init/tag-files';
import { toolFiles } from '../../core/catalog-init/tools/signs';
import { InvalidInputError } from '../../core/contract/errors';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import type { Reason } from '../../core/contract/plan';
import type { UnusedKey } from '../../core/dockerfile/evaluate/unused-keys';
import { BuildFileReader } from '../../core/input-digest/build-files';
import { readersOf } from '../../core/input-digest/explain-inputs';
import type { UnpinnedInput } from '../../core/input-digest/inputs';
import { findEntry, indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { committedPaths, imageOrderProblems, missingSecrets } from '../../core/planning/check-plan-input';
import type { FileSettings } from '../../core/settings/files/environment-files';
import { missingTags } from '../../core/values/files/locate-tag';
import { openFiles, type ValuesFile } from '../../core/values/files/values-files';
import { discoverSnapshot } from './discover';
import { findCatalog } from './find-catalog';
import { openPlanningRepository, type PlanningRepository } from './repository';

export interface CheckOptions {
  readonly repo: string;
  readonly ref: string;
  readonly catalog?: string;
  readonly releases?: string;
  /** The values files in the repository, as `FILE` or `NAME=FILE`. Default: the one with most of the catalog's tags, or that of the only chart. */
  readonly values?: readonly string[];
}

/** The output of `catalog check --json`. */
export interface CatalogCheck {
  readonly commit: string;
  /** The path of the catalog. */
  readonly catalog: string;
  readonly totals: { readonly services: number; readonly modules: number };
  readonly drift: readonly Drift[];
  /** The inputs that git does not contain. They are not drift: a later build may differ, and a retag is still right. */
  readonly impurities: readonly ({ readonly service: string; readonly dockerfile: string } & UnpinnedInput)[];
  /** Build arguments that nothing sets. They are not drift: a Dockerfile may mean an empty value. */
  readonly unset: readonly UnsetArgument[];
  /** Keys of services that their Dockerfiles do not use. They are not drift: no file is missed. */
  readonly unused: readonly ({ readonly service: string; readonly dockerfile: string } & UnusedKey)[];
  /** Dockerfiles without a service that no file builds, while files build most others. They are not drift: most are tools. */
  readonly tools: readonly string[];
  /** Services whose builds read files that each commit of the pipeline writes, with these files. They are not drift: no file is missed. */
  readonly committed: readonly { readonly service: string; readonly paths: readonly string[] }[];
  /** The reasons for which the inputs of a service may contain more than its build reads. */
  readonly doubts: readonly ({ readonly service: string } & Reason)[];
}

/** Checks the catalog of a commit. Throws `InvalidCatalog` if it cannot be read. */
export async function checkCatalog(options: CheckOptions): Promise<CatalogCheck> {
  const repository = openPlanningRepository(options.repo);
  const commit = await repository.resolve(options.ref);
  const tree = indexTree(await repository.tree(commit));
  const found = { ...(await findCatalog(repository, tree, options.catalog)), origin: 'commit' as const };
  const snapshot = await discoverSnapshot({ repository, commit, tree, found, releases: options.releases });
  const { catalog, inputs, problems } = snapshot;
  const texts = await repository.buildTexts(catalog, tree);
  const files = new BuildFileReader(tree, texts);
  const given = options.values ?? [];
  const valuesFiles = given.length > 0 ? givenFiles(given) : await filesOfCatalog(repository, catalog, tree);
  const discovery = { catalog, tree, texts, recipeVersion: RECIPE_VERSION, ownImages: snapshot.ownImages(catalog) };
  const committed = readersOf(committedPaths(usualPlaces(valuesFiles), catalog), discovery, snapshot);
  const sourcesOf = (service: Catalog['services'][number]) => readSources(service, files);
  const used = new Set(catalog.services.map(({ dockerfile }) => dockerfile));
  const evidence = await evidenceAt(repository, tree);
  const all = findDockerfiles(tree.entries, evidence.variants).dockerfiles;
  const tools = unbuiltDockerfiles(all, evidence).filter((path) => !used.has(path));
  const draft = draftCatalog(tree, evidence);
  const idle = { ...draft, services: draft.services.filter(({ dockerfile }) => !used.has(dockerfile)) };
  const unusable = unusableDockerfiles(idle, tree, await repository.buildTexts(idle, tree));
  const each = catalog.services.flatMap((service) => {
    const known = inputs.get(service.name);
    return known === undefined ? [] : [{ ...known, dockerfile: service.dockerfile }];
  });
  return {
    commit,
    catalog: found.path,
    totals: { services: catalog.services.length, modules: catalog.modules.length },
    drift: [
      ...findDrift({
        catalog,
        tree,
        inputs,
        problems: [...problems, ...imageOrderProblems(catalog, inputs), ...missingSecrets(catalog, inputs)],
        sourcesOf,
        exempt: [...tools, ...unusable],
      }),
      ...(await tagDrift(repository, catalog, tree, valuesFiles)),
    ],
    impurities: each.flatMap(({ service, dockerfile, impurities }) =>
      impurities.map((impurity) => ({ service, dockerfile, ...impurity })),
    ),
    unused: each.flatMap(({ service, dockerfile, unused }) => unused.map((key) => ({ service, dockerfile, ...key }))),
    tools,
    committed: [...committed].map(([service, paths]) => ({ service, paths })),
    unset: catalog.services.flatMap((service) => unsetArguments(service, files)),
    doubts: each.flatMap(({ service, doubts }) => doubts.map((doubt) => ({ service, ...doubt }))),
  };
}

/** Compares the catalog's paths with the values files. */
async function tagDrift(
  repository: PlanningRepository,
  catalog: Catalog,
  tree: TreeIndex,
  files: readonly ValuesFile[],
): Promise<readonly Drift[]> {
  const entries = files.map(({ path }) => ({ path, entry: findEntry(tree, path) }));
  const missing = entries.filter(({ entry }) => entry === undefined);
  if (missing.length > 0) {
    const problems = missing.map(({ path }) => ({ path: '--values', message: `${path} is not in the commit` }));
    throw new InvalidInputError('the catalog cannot be checked', problems);
  }
  if (files.length === 0) return [];
  const ids = entries.flatMap(({ entry }) => entry?.id ?? []);
  const texts = await repository.blobs(ids);
  const textOf = (id = '') => texts.get(id)?.toString('utf8') ?? '';
  const opened = openFiles(files, new Map(entries.map(({ path, entry }) => [path, textOf(entry?.id)])));
  return missingTags(catalog.services, opened).map(({ service, file, place, why }): Drift => {
    const text = `${place} ${why}${file === undefined ? '' : '; set another path with values, or values: []'}`;
    return { kind: 'no-tag', service, path: file ?? files.map(({ path }) => path).join(', '), text };
  });
}

async function filesOfCatalog(repository: PlanningRepository, catalog: Catalog, tree: TreeIndex) {
  const texts = await repository.blobs(
    tagFiles(tree)
      .flat()
      .map(({ id }) => id),
  );
  return catalogFiles(catalog, tree, texts);
}

/** Returns the files as settings name them, with the usual place of the version lock. */
function usualPlaces(files: readonly ValuesFile[]): FileSettings {
  const [first] = files;
  if (first === undefined) return { lock: 'version-lock.yaml' };
  return {
    values: first.name === undefined ? first.path : Object.fromEntries(files.map(({ name, path }) => [name, path])),
  };
}

/** Reads `[NAME=]FILE`. */
function givenFiles(given: readonly string[]): readonly ValuesFile[] {
  return given.map((text) => {
    const [, name, path] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(text) ?? [];
    return name === undefined || path === undefined ? { path: text } : { name, path };
  });
}

export interface InitOptions {
  readonly repo: string;
  readonly ref: string;
  readonly context: ContextPreference;
}

/** Makes a catalog from the Dockerfiles and other builds at a commit. Throws `InvalidInput` if there are none. */
export async function initFromCommit({ repo, ref, context }: InitOptions): Promise<InitialCatalog> {
  const repository = openPlanningRepository(repo);
  const tree = indexTree(await repository.tree(await repository.resolve(ref)));
  const evidence = await evidenceAt(repository, tree);
  const usual = [...tagFiles(tree).flat(), ...evidenceFiles(tree), ...toolFiles(tree)];
  const texts = await repository.blobs(usual.map(({ id }) => id));
  await repository.blobs(toolFiles(tree, texts).map(({ id }) => id));
  return initCatalog(tree, await repository.buildTexts(draftCatalog(tree, evidence), tree), context);
}

/** Reads the files that say how images are built, and then those that they name. */
async function evidenceAt(repository: PlanningRepository, tree: TreeIndex): Promise<Evidence> {
  const texts = await repository.blobs(evidenceFiles(tree).map(({ id }) => id));
  return readEvidence(tree, await repository.blobs(evidenceFiles(tree, texts).map(({ id }) => id)));
}
