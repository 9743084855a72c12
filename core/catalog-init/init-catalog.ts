/** Makes a catalog from the Dockerfiles of a tree. */
import { repositoryPath } from '../catalog/grammar';
import type { Catalog, Module, Service } from '../catalog/model';
import { InvalidInputError } from '../contract/errors';
import { BuildFileReader, entriesOnTheWay } from '../input-digest/build-files';
import type { TreeIndex } from '../input-digest/tree-index';
import { plainOrQuoted } from '../text/scalar-style';
import { type ChartTags, nextPlatform, readChartTags } from './chart-tags';
import { type FoundDockerfile, findDockerfiles, readSources, type SkippedFile } from './detect';
import {
  type BuildEvidence,
  type ChosenContext,
  type ContextHints,
  type ContextPreference,
  chooseContext,
  contextFolders,
  NOT_IN_PREFERRED,
  readEvidence,
} from './evidence';
import { guessModules, imageNameOf, namedModules, serviceNameParts, uniqueNames } from './names';

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
export function draftCatalog(tree: TreeIndex): Catalog {
  const services = findDockerfiles(tree.entries).dockerfiles.flatMap((found) =>
    contextFolders(found).map((context) => draftService(found, context)),
  );
  return { platformVersion: 'v0.1.0', stages: [], modules: [], services };
}

/**
 * Makes the catalog of a tree. Equal trees give equal catalogs. `texts` are contents by blob id of all blobs that
 * `requiredBlobs(draftCatalog(tree), tree)` and `evidenceFiles(tree)` name. Throws `InvalidInput` if no Dockerfile can build a service.
 */
export function initCatalog(
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
  preferred: ContextPreference,
): InitialCatalog {
  const { dockerfiles, leftOut } = findDockerfiles(tree.entries);
  const verdicts = dockerfiles.map((found) => ({ found, why: whyUnusable(found, tree, texts) }));
  const usable = verdicts.filter(({ why }) => why === undefined).map(({ found }) => found);
  if (usable.length === 0) {
    const message = 'has no Dockerfile that can build a service; commit one, or name another commit with --ref';
    throw new InvalidInputError('the catalog cannot be made', [{ path: 'commit', message }]);
  }
  const files = new BuildFileReader(tree, texts);
  const evidence = readEvidence(tree, texts);
  const names = uniqueNames(usable.map(({ folder, variant }) => serviceNameParts(folder, variant)));
  const services = usable.map((found, at) => ({
    found,
    name: names[at] ?? '',
    path: found.folder,
    ...contextOf(found, files, { preferred, evidence: evidence.get(found.path)?.context, tree }),
    ...builtAs(evidence.get(found.path)),
  }));
  const modules = guessModules(services, tree);
  const noted = services
    .map(
      (service): NewService => ({
        name: service.name,
        image: imageNameOf(service.name),
        path: service.path,
        dockerfile: service.found.path,
        context: service.context,
        dependencies: namedModules(service, modules).map(({ name }) => name),
        target: service.target,
        args: service.args,
        remark: service.targetRemark ?? service.remark,
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = withoutUsualRemark(noted);
  const all = [
    ...leftOut,
    ...verdicts.flatMap(({ found: { path }, why }) => (why === undefined ? [] : [{ path, why }])),
  ];
  const chart = readChartTags(tree, texts, list);
  const guesses = chart === undefined ? [] : chartGuesses(chart, list);
  return {
    text: catalogText({ services: list, modules, leftOut: all, chart, guesses }),
    services: list,
    modules,
    leftOut: all,
    guesses,
  };
}

/** Returns target and arguments that other files give. */
function builtAs(evidence: BuildEvidence | undefined) {
  const { target, args = {}, targets = [] } = evidence ?? {};
  const several = `other files build it with several targets: ${targets.join(', ')}; add a service for each`;
  return { target, args, targetRemark: targets.length === 0 ? undefined : several };
}

/** Says what the chart's values file decided. */
function chartGuesses({ file, common, own, paths }: ChartTags, services: readonly NewService[]): readonly string[] {
  const without = services.filter(({ name }) => !paths.has(name)).length;
  return [
    `${file} has the tags of ${paths.size} of ${services.length} services`,
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

function contextOf(found: FoundDockerfile, files: BuildFileReader, hints: ContextHints) {
  const candidates = contextFolders(found).map((folder) => ({
    folder,
    sources: readSources(draftService(found, folder), files),
  }));
  const fallback: ChosenContext = {
    folder: hints.preferred === 'root' ? '' : found.folder,
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

function draftService({ path, folder }: FoundDockerfile, context: string): Service {
  return {
    name: `${path} in ${context}`,
    image: '',
    path: folder,
    dockerfile: path,
    context,
    buildArgs: {},
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

/** A service that `catalog init` found. Paths are as in `Service`. */
interface NewService {
  readonly name: string;
  readonly image: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly dependencies: readonly string[];
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly remark: string | undefined;
}

const HEADER = `# The services of this repository, found by their Dockerfiles. Check the remarks, then commit this file as pipeline.yaml.
# The tag of a service is at <name>.image.tag in the values file; set another path with \`values\`.
# Consider adding stages, minutes (the duration of a build) and priority.`;

interface CatalogParts {
  readonly services: readonly NewService[];
  readonly modules: readonly Module[];
  readonly leftOut: readonly SkippedFile[];
  readonly chart: ChartTags | undefined;
  readonly guesses: readonly string[];
}

/** Returns the catalog as YAML, in short forms if they are enough. Equal arguments give equal text. */
function catalogText({ services, modules, leftOut, chart, guesses }: CatalogParts): string {
  const platform = (chart?.common === undefined ? undefined : nextPlatform(chart.common)) ?? 'v0.1.0';
  return [
    HEADER,
    ...guesses.map((guess) => `# Guessed: ${comment(guess)}.`),
    '',
    `platform: ${platform} # the version under development`,
    ...(modules.length === 0 ? [] : ['', '# Folders that several services copy from.', 'modules:']),
    ...modules.map(({ name, path }) => `  ${plainOrQuoted(name)}: ${plainOrQuoted(path)}`),
    '',
    'services:',
    ...services.map((service) => serviceLine(service, chart)),
    ...(leftOut.length === 0 ? [] : ['', '# Skipped:']),
    ...leftOut.map(({ path, why }) => `#   ${comment(path)} (${why})`),
    '',
  ].join('\n');
}

function serviceLine(
  { name, image, path, dockerfile, context, dependencies, target, args, remark }: NewService,
  chart: ChartTags | undefined,
): string {
  const paths = chart?.paths.get(name) ?? [];
  const isUsualPlace = chart === undefined || paths.join() === `${name}.image.tag`;
  const own = chart?.own.get(name);
  const pairs = Object.entries(args).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const isUsual = dockerfile === (path === '' ? 'Dockerfile' : `${path}/Dockerfile`);
  const keys = [
    path === name ? [] : [`path: ${path === '' ? '.' : plainOrQuoted(path)}`],
    isUsual ? [] : [`dockerfile: ${plainOrQuoted(dockerfile)}`],
    context === '' ? [] : [`context: ${context === path ? 'service' : plainOrQuoted(context)}`],
    image === name ? [] : [`image: ${plainOrQuoted(image)}`],
    target === undefined ? [] : [`target: ${plainOrQuoted(target)}`],
    pairs.length === 0 ? [] : [`buildArgs: { ${pairs.join(', ')} }`],
    isUsualPlace ? [] : [`values: [${paths.map((each) => plainOrQuoted(each)).join(', ')}]`],
    own === undefined ? [] : ['versioning: independent', `version: ${plainOrQuoted(own)}`],
    dependencies.length === 0 ? [] : [`dependencies: [${dependencies.map(plainOrQuoted).join(', ')}]`],
  ].flat();
  const isPathOnly = keys.length === 1 && path !== name && isUsual && path !== '';
  const value = keys.length === 0 ? '' : isPathOnly ? ` ${plainOrQuoted(path)}` : ` { ${keys.join(', ')} }`;
  return `  ${plainOrQuoted(name)}:${value}${remark === undefined ? '' : ` # ${comment(remark)}`}`;
}

/** Returns a text that cannot end its comment. */
function comment(text: string): string {
  return text.replace(/[^\P{C}]|[\u2028\u2029]/gu, '?');
}
