/** Makes a catalog from the Dockerfiles of a tree. */
import { buildTarget, IMAGE_NAME, repositoryPath } from '../catalog/grammar';
import type { Catalog, Module, Service } from '../catalog/model';
import { InvalidInputError } from '../contract/errors';
import { BuildFileReader, entriesOnTheWay } from '../input-digest/build-files';
import type { TreeIndex } from '../input-digest/tree-index';
import { type Evidence, readEvidence, type Variant } from './builds/evidence';
import { catalogText, type NewService } from './catalog-text';
import { type ChartTags, nextPlatform, readChartTags } from './chart-tags';
import {
  type ChosenContext,
  type ContextHints,
  type ContextPreference,
  chooseContext,
  contextFolders,
  NOT_IN_PREFERRED,
} from './choose-context';
import {
  type BuildSource,
  type FoundDockerfile,
  findDockerfiles,
  readBases,
  readSources,
  type SkippedFile,
} from './detect';
import { type ImageStages, imageStages } from './image-stages';
import { guessModules, imageNameOf, serviceNameParts, uniqueNames, variantNameParts } from './names';

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
 * Makes the catalog of a tree. Equal trees give equal catalogs. `texts` are contents by blob id of all blobs that `evidenceFiles(tree, texts)`,
 * `builderFiles(tree)`, `tagFiles(tree)` and `requiredBlobs(draftCatalog(tree, evidence), tree)` name. Throws `InvalidInput` if no
 * Dockerfile can build a service.
 */
export function initCatalog(
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
  preferred: ContextPreference,
): InitialCatalog {
  const evidence = readEvidence(tree, texts);
  const { dockerfiles, leftOut } = findDockerfiles(tree.entries, evidence.variants);
  const verdicts = dockerfiles.map((found) => ({ found, why: whyUnusable(found, tree, texts) }));
  const usable = verdicts.filter(({ why }) => why === undefined).map(({ found }) => found);
  if (usable.length === 0) {
    const message = 'has no Dockerfile that can build a service; commit one, or name another commit with --ref';
    throw new InvalidInputError(
      'the catalog cannot be made',
      [{ path: 'commit', message }],
      evidence.remarks.length === 0 ? undefined : `${evidence.remarks.join('. ')}.`,
    );
  }
  const tools = unbuiltDockerfiles(usable, evidence);
  const parts: InitParts = { tree, texts, preferred, evidence };
  const withTools = tools.length === 0 ? undefined : readChartTags(tree, texts, servicesOf(usable, parts));
  const isTool = ({ path }: FoundDockerfile) =>
    tools.includes(path) && !isInChart(path, servicesOf(usable, parts), withTools);
  const services = servicesOf(
    usable.filter((found) => !isTool(found)),
    parts,
  );
  const modules = guessModules(services, tree);
  const list = withoutUsualRemark(services);
  const all: readonly SkippedFile[] = [
    ...leftOut,
    ...verdicts.flatMap(({ found: { path }, why }) => (why === undefined ? [] : [{ path, why }])),
    ...usable.filter(isTool).map(({ path }) => ({ path, why: NOT_BUILT })),
  ];
  const chart = readChartTags(tree, texts, list);
  const stages = imageStages(services);
  const guesses = [
    ...buildGuesses(list, evidence),
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

function isInChart(path: string, services: readonly NewService[], chart: ChartTags | undefined): boolean {
  return services.some(({ dockerfile, name }) => dockerfile === path && chart?.paths.has(name) === true);
}

interface InitParts {
  readonly tree: TreeIndex;
  readonly texts: ReadonlyMap<string, Buffer>;
  readonly preferred: ContextPreference;
  readonly evidence: Evidence;
}

/** A service with the sources of its Dockerfile. */
interface ReadService extends NewService {
  readonly sources: readonly BuildSource[];
  readonly bases: readonly string[];
}

/** Returns the services of these Dockerfiles by name: one each, or several that other files build from it. */
function servicesOf(
  dockerfiles: readonly FoundDockerfile[],
  { tree, texts, preferred, evidence }: InitParts,
): readonly ReadService[] {
  const files = new BuildFileReader(tree, texts);
  const found = dockerfiles.flatMap((dockerfile) =>
    (evidence.variants.get(dockerfile.path) ?? [undefined]).map((variant) => ({ dockerfile, variant })),
  );
  const names = uniqueNames(
    found.map(({ dockerfile: { folder, variant: part }, variant }) =>
      variant?.name === undefined ? serviceNameParts(folder, part) : variantNameParts(folder, variant.name),
    ),
  );
  const images = imageNames(
    names,
    found.map(({ variant }) => variant?.image),
  );
  return found
    .map(({ dockerfile, variant }, at): ReadService => {
      const contexts = contextFolders(dockerfile, evidence.contexts.get(dockerfile.path));
      const hints = { preferred, evidence: variant?.context, tree };
      const { context, sources, remark } = contextOf(dockerfile, contexts, variant, files, hints);
      return {
        name: names[at] ?? '',
        image: images[at] ?? '',
        path: dockerfile.folder,
        dockerfile: dockerfile.path,
        context,
        target: targetOf(variant),
        args: variant?.args ?? {},
        remark: variant?.remark ?? remark,
        sources,
        bases: readBases(draftService(dockerfile, context, variant), files),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the image names that other files use, where they are legal and different; otherwise names like those of the services. */
function imageNames(names: readonly string[], known: readonly (string | undefined)[]): readonly string[] {
  const usual = names.map(imageNameOf);
  return known.map((image, at) => {
    const isTaken = known.some((other, index) => index !== at && image === (other ?? usual[index]));
    return image === undefined || isTaken || !IMAGE_NAME.test(image) ? (usual[at] ?? '') : image;
  });
}

function targetOf(variant: Variant | undefined): string | undefined {
  return buildTarget.safeParse(variant?.target).success ? variant?.target : undefined;
}

/** Says what other files decided. */
function buildGuesses(services: readonly NewService[], { variants, remarks }: Evidence): readonly string[] {
  const built = services.filter(({ dockerfile }) => variants.has(dockerfile)).length;
  const several = new Set(
    services
      .filter(({ dockerfile }) => (variants.get(dockerfile)?.length ?? 0) > 1)
      .map(({ dockerfile }) => dockerfile),
  );
  return [
    ...(built === 0
      ? []
      : [`${built} of ${services.length} services are built as compose, bake, Skaffold, Tilt or CI files build them`]),
    ...[...several].map((path) => `${path} is built in several ways, so it has several services`),
    ...remarks,
  ];
}

/** Says which services are built first. */
function stageGuesses({ earlier }: ImageStages): readonly string[] {
  if (earlier.size === 0) return [];
  const names = [...earlier.keys()];
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  return [`other services are built from the images of ${shown}, so these have an earlier stage`];
}

/** Says what the files with the tags decided. */
function chartGuesses({ files, common, own, paths }: ChartTags, services: readonly NewService[]): readonly string[] {
  const without = services.filter(({ name }) => !paths.has(name)).length;
  const [only, ...others] = files;
  const tags = `the tags of ${paths.size} of ${services.length} services`;
  const isUsual = only !== undefined && /(^|\/)values\.ya?ml$/.test(only.path);
  const values = `"values": { ${files.map(({ name, path }) => `"${name}": "${path}"`).join(', ')} }`;
  return [
    ...(others.length > 0
      ? [`${files.length} files have ${tags}; name them in the settings, beside the path of a version lock: ${values}`]
      : [`${only?.path} has ${tags}${isUsual ? '' : `; name it in the settings: "valuesFile": "${only?.path}"`}`]),
    ...(common === undefined ? [] : [`most of them have ${common}, so ${nextPlatform(common)} is under development`]),
    ...(own.size === 0 ? [] : [`${own.size} with another version are versioned independently`]),
    ...(without === 0 ? [] : [`${without} without a tag there have \`values: []\``]),
  ];
}

/** Removes the remark on the preferred context if most services have it: it is the rule in this repository, and `context` shows it. */
function withoutUsualRemark(services: readonly NewService[]): readonly NewService[] {
  const isUsual = ({ remark }: NewService) => remark?.startsWith(NOT_IN_PREFERRED) === true;
  const count = services.filter(isUsual).length;
  if (count < 2 || count * 2 <= services.length) return services;
  return services.map((service) => (isUsual(service) ? { ...service, remark: undefined } : service));
}

function contextOf(
  found: FoundDockerfile,
  contexts: readonly string[],
  variant: Variant | undefined,
  files: BuildFileReader,
  hints: ContextHints,
) {
  const candidates = contexts.map((folder) => ({
    folder,
    sources: readSources(draftService(found, folder, variant), files),
  }));
  const fallback: ChosenContext = {
    folder: hints.evidence ?? (hints.preferred === 'root' ? '' : found.folder),
    sources: [],
    remark: 'the Dockerfile has an error; plan shows it',
  };
  const { folder, sources, remark } = chooseContext(candidates, hints) ?? fallback;
  return { context: folder, sources: sources ?? [], remark };
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

function draftService({ path, folder }: FoundDockerfile, context: string, variant?: Variant): Service {
  const target = targetOf(variant);
  return {
    name: `${path} in ${context}`,
    image: '',
    path: folder,
    dockerfile: path,
    context,
    ...(target === undefined ? {} : { target }),
    buildArgs: variant?.args ?? {},
    platforms: [],
    stage: '',
    priority: 2,
    minutes: 10,
    dependencies: [],
    values: [],
    versioning: 'platform',
    retagOnly: false,
  };
}
