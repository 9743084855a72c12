/** Makes a catalog from the Dockerfiles of a tree, and from the files of other tools that make images. */
import { repositoryPath } from '../catalog/grammar';
import type { Catalog, Module } from '../catalog/model';
import { parseCatalog } from '../catalog/parse-catalog';
import { InvalidInputError } from '../contract/errors';
import { RECIPE_VERSION } from '../contract/job-environment';
import { entriesOnTheWay } from '../input-digest/build-files';
import type { TreeIndex } from '../input-digest/tree-index';
import { discoverGuessed } from '../planning/own-images';
import { type Evidence, readEvidence } from './builds/evidence';
import { catalogText, type NewService } from './catalog-text';
import { readChartTags } from './chart-tags';
import { type ContextPreference, contextFolders, NOT_IN_PREFERRED } from './choose-context';
import { type FoundDockerfile, findDockerfiles, type SkippedFile } from './detect';
import { buildGuesses, chartGuesses, stageGuesses, toolGuesses } from './guesses';
import { imageStages } from './image-stages';
import { guessModules } from './names';
import { draftService, type ServiceParts, servicesOf } from './services';
import { readTools } from './tools/read-tools';
import type { ToolImage } from './tools/tool-image';

/** The new catalog: its text, and the services, modules and skipped files in it. */
export interface InitialCatalog {
  readonly text: string;
  readonly services: readonly NewService[];
  readonly modules: readonly Module[];
  readonly leftOut: readonly SkippedFile[];
  /** What was guessed, and from which file. */
  readonly guesses: readonly string[];
}

/** Returns a catalog with every Dockerfile in every possible context. Its `requiredBlobs` are the texts that `initCatalog` needs. */
export function draftCatalog(tree: TreeIndex, { variants, contexts }: Evidence): Catalog {
  const services = findDockerfiles(tree.entries, variants).dockerfiles.flatMap((found) =>
    contextFolders(found, contexts.get(found.path)).map((context) => draftService(found, context)),
  );
  return { platformVersion: 'v0.1.0', stages: [], modules: [], services };
}

/**
 * Makes the catalog of a tree. Equal trees give equal catalogs. A service that cannot be planned is left out, because one of them stops the plan of
 * all. `texts` are contents by blob id of all blobs that `evidenceFiles(tree, texts)`, `toolFiles(tree, texts)`, `tagFiles(tree)` and
 * `requiredBlobs(draftCatalog(tree, evidence), tree)` name. Throws `InvalidInput` if there is no image to make.
 */
export function initCatalog(
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
  preferred: ContextPreference,
): InitialCatalog {
  const evidence = readEvidence(tree, texts);
  const tools = readTools(tree, texts);
  const { dockerfiles, leftOut } = findDockerfiles(tree.entries, evidence.variants);
  const verdicts = dockerfiles.map((found) => ({ found, why: whyUnusable(found, tree, texts) }));
  const choice = chooseBuilds(
    verdicts.filter(({ why }) => why === undefined).map(({ found }) => found),
    tools.images,
    evidence,
  );
  const remarks = [...evidence.remarks, ...tools.remarks, ...choice.remarks];
  if (choice.dockerfiles.length + choice.images.length === 0) throw nothingToBuild(remarks);
  const parts: ServiceParts = { tree, texts, preferred, evidence };
  const { built, unbuilt } = withoutTools(choice.dockerfiles, choice.images, parts);
  const candidates = servicesOf(built, choice.images, parts);
  const { inputs, broken } = discoverServices(parseCatalog(catalogText({ services: candidates })), tree, texts);
  const services = candidates.filter(({ name }) => inputs.has(name));
  if (services.length === 0) throw nothingUsable(candidates, broken);
  const modules = guessModules(services, tree);
  const list = withoutUsualRemark(services);
  const all: readonly SkippedFile[] = [
    ...leftOut,
    ...verdicts.flatMap(({ found: { path }, why }) => (why === undefined ? [] : [{ path, why }])),
    ...choice.leftOut,
    ...unbuilt.map(({ path }) => ({ path, why: NOT_BUILT })),
    ...candidates.flatMap(({ name, ...service }) => {
      const why = broken.get(name);
      return why === undefined ? [] : [{ path: placeOf(service), why }];
    }),
  ];
  const chart = readChartTags(tree, texts, list);
  const stages = imageStages(inputs);
  const guesses = [
    ...buildGuesses(list, evidence),
    ...toolGuesses(choice.images),
    ...remarks,
    ...stageGuesses(stages),
    ...(chart === undefined ? [] : chartGuesses(chart, list)),
  ];
  return {
    text: catalogText({ services: list, modules, leftOut: all, chart, guesses, stages }),
    services: list,
    modules,
    leftOut: all,
    guesses,
  };
}

/** Returns the Dockerfiles of a draft that can be built in none of their contexts. */
export function unusableDockerfiles(
  draft: Catalog,
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
): readonly string[] {
  const { inputs } = discoverServices(draft, tree, texts);
  const usable = new Set(draft.services.flatMap(({ name, dockerfile }) => (inputs.has(name) ? [dockerfile] : [])));
  return [...new Set(draft.services.map(({ dockerfile }) => dockerfile))].filter((path) => !usable.has(path));
}

/** Discovers the inputs as a plan does. Returns them, and for each service that cannot be planned the first reason. */
function discoverServices(catalog: Catalog, tree: TreeIndex, texts: ReadonlyMap<string, Buffer>) {
  const { inputs, problems } = discoverGuessed({ catalog, tree, texts, recipeVersion: RECIPE_VERSION });
  const broken = catalog.services
    .filter(({ name }) => !inputs.has(name))
    .map(({ name, dockerfile }): [string, string] => {
      const { message = '', line } = problems.find(({ path }) => path.startsWith(`services.${name}.`)) ?? {};
      const where = line === undefined ? '' : `line ${line}: `;
      return [name, message.replace(`${dockerfile}${line === undefined ? '' : `:${line}`}: `, where)];
    });
  return { inputs, broken: new Map(broken) };
}

function nothingToBuild(remarks: readonly string[]): InvalidInputError {
  const message =
    'has no Dockerfile that can build a service, and no file that says how another tool makes an image; commit one, or name another commit with --ref';
  return new InvalidInputError(
    'the catalog cannot be made',
    [{ path: 'commit', message }],
    remarks.length === 0 ? undefined : `${remarks.join('. ')}.`,
  );
}

function nothingUsable(services: readonly NewService[], broken: ReadonlyMap<string, string>): InvalidInputError {
  const problems = services.map((service) => ({ path: placeOf(service), message: broken.get(service.name) ?? '' }));
  return new InvalidInputError('the catalog cannot be made, because no service can be planned', problems);
}

/** The file or folder that a service is made of. */
function placeOf({ dockerfile, path }: Pick<NewService, 'dockerfile' | 'path'>): string {
  return dockerfile || path || '.';
}

/** The builds that count where a folder has a Dockerfile and an image of a tool. */
interface BuildChoice {
  readonly dockerfiles: readonly FoundDockerfile[];
  readonly images: readonly ToolImage[];
  readonly leftOut: readonly SkippedFile[];
  readonly remarks: readonly string[];
}

/** A Dockerfile counts more than an image of a tool in its folder, unless a file that no other contradicts builds the image by the tool. */
function chooseBuilds(
  dockerfiles: readonly FoundDockerfile[],
  images: readonly ToolImage[],
  { variants }: Evidence,
): BuildChoice {
  const chosen = new Map(images.filter(({ isChosen }) => isChosen).map((image) => [image.place, image]));
  const isReplaced = ({ path, folder }: FoundDockerfile) => chosen.has(folder) && !variants.has(path);
  const kept = dockerfiles.filter((found) => !isReplaced(found));
  const byFolder = new Map(kept.map(({ folder, path }) => [folder, path]));
  return {
    dockerfiles: kept,
    images: images.filter(({ place }) => !byFolder.has(place)),
    leftOut: dockerfiles
      .filter(isReplaced)
      .map(({ path, folder }) => ({ path, why: `${chosen.get(folder)?.file} makes the image without it` })),
    remarks: images
      .filter(({ place }) => byFolder.has(place))
      .map(({ file, place, build }) => `${file}: ${build.tool} makes an image, too; ${byFolder.get(place)} is taken`),
  };
}

/** Returns the Dockerfiles that are built, and those of tools. A Dockerfile whose service the chart has is no tool. */
function withoutTools(dockerfiles: readonly FoundDockerfile[], images: readonly ToolImage[], parts: ServiceParts) {
  const tools = unbuiltDockerfiles(dockerfiles, parts.evidence);
  if (tools.length === 0) return { built: dockerfiles, unbuilt: [] };
  const services = servicesOf(dockerfiles, images, parts);
  const chart = readChartTags(parts.tree, parts.texts, services);
  const inChart = new Set(services.flatMap(({ dockerfile, name }) => (chart?.paths.has(name) ? [dockerfile] : [])));
  const isTool = ({ path }: FoundDockerfile) => tools.includes(path) && !inChart.has(path);
  return { built: dockerfiles.filter((found) => !isTool(found)), unbuilt: dockerfiles.filter(isTool) };
}

const NOT_BUILT = 'no file builds it, and files build most others: a tool';

/**
 * Returns the Dockerfiles that nothing builds, where compose, bake, Skaffold, Tilt or CI files build at least half of all: generators and
 * other tools. Where fewer are built by such files, their silence means nothing.
 */
export function unbuiltDockerfiles(
  dockerfiles: readonly FoundDockerfile[],
  { variants }: Pick<Evidence, 'variants'>,
): readonly string[] {
  const built = dockerfiles.filter(({ path }) => variants.has(path));
  if (built.length < 2 || built.length * 2 < dockerfiles.length) return [];
  return dockerfiles.filter(({ path }) => !variants.has(path)).map(({ path }) => path);
}

/** Removes the remark on the preferred context if most services have it: it is the rule in this repository, and `context` shows it. */
function withoutUsualRemark(services: readonly NewService[]): readonly NewService[] {
  const isUsual = ({ remark }: NewService) => remark?.startsWith(NOT_IN_PREFERRED) === true;
  const count = services.filter(isUsual).length;
  if (count < 2 || count * 2 <= services.length) return services;
  return services.map((service) => (isUsual(service) ? { ...service, remark: undefined } : service));
}

function whyUnusable(
  { path }: FoundDockerfile,
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
): string | undefined {
  if (!repositoryPath.safeParse(path).success) return 'a catalog cannot hold this path';
  const last = entriesOnTheWay(tree, path, texts).at(-1);
  if (last?.mode !== '100644' && last?.mode !== '100755') return 'a symlink to no file of the commit';
  return /^[ \t]*FROM\s/im.test(texts.get(last.id)?.toString('utf8') ?? '') ? undefined : 'has no FROM';
}
