/** Collects how other files of the repository build its Dockerfiles, and decides which services these builds are. */
import { findEntry, folderOf, joinPath, type TreeIndex } from '../../input-digest/tree-index';
import type { TreeEntry } from '../../ports/git';
import { FOR_DEVELOPERS, FOR_TESTS, isForeignFile } from '../detect';
import { commandBuilds } from './build-command';
import type { BuildFile, FoundBuild } from './build-file';
import { bakeBuilds, tiltBuilds, tiltComposeFiles } from './tilt-and-bake';
import { envVariables, IS_CI, yamlBuilds } from './yaml-builds';

/** Kinds of files that build images. If several build a Dockerfile in as many ways, the first kind decides: it is nearest to a release. */
const KINDS = {
  bake: /(?:^|\/)(?:[^/]*[._-])?docker-bake[^/]*\.(?:json|hcl)$/i,
  ci: IS_CI,
  script: /(?:^|\/)(?:Makefile|Jenkinsfile[^/]*|justfile)$/i,
  skaffold: /(?:^|\/)skaffold[^/]*\.ya?ml$/i,
  compose: /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/i,
  tilt: /(?:^|\/)(?:Tiltfile(?:\.[^/]+)?|[^/]+\.tiltfile)$/,
} as const;

type Kind = keyof typeof KINDS;

const MAX_FILES = 300;

const MAX_BYTES = 300_000;

/**
 * Returns the files that may tell how images are built. `readEvidence` needs their texts. Tiltfiles name further ones, so that a second call
 * with the texts of the first may return more.
 */
export function evidenceFiles(tree: TreeIndex, texts: ReadonlyMap<string, Buffer> = new Map()): readonly TreeEntry[] {
  const usual = tree.entries.filter(({ path, mode }) => mode.startsWith('100') && kindOf(path) !== undefined);
  const named = usual.flatMap(({ path, id }) => {
    if (kindOf(path) !== 'tilt') return [];
    return tiltComposeFiles(textOf(texts.get(id))).flatMap(
      (file) => findEntry(tree, joinPath(folderOf(path), file.replace(/^\.\//, ''))) ?? [],
    );
  });
  const all = [...new Set([...usual, ...named])].slice(0, MAX_FILES);
  const environments = all.flatMap(({ path }) => findEntry(tree, joinPath(folderOf(path), '.env')) ?? []);
  return [...new Set([...all, ...environments])];
}

/** Returns the kind of a file that builds images. Files of tests and of other people's code say nothing about this repository's services. */
export function kindOf(path: string): Kind | undefined {
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds.find((kind) => KINDS[kind].test(path) && (kind === 'ci' || !isForeignFile(path)));
}

/** How other files build one service. */
export interface Variant {
  /** The name that its file gives it; undefined if nothing else is built from its Dockerfile. */
  readonly name: string | undefined;
  readonly image: string | undefined;
  /** Undefined if the files do not agree. */
  readonly context: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly remark: string | undefined;
}

/** What the files of a repository say about builds. */
export interface Evidence {
  /** The services by Dockerfile: several if one file builds it in several ways. */
  readonly variants: ReadonlyMap<string, readonly Variant[]>;
  /** All contexts that a file names, by Dockerfile. */
  readonly contexts: ReadonlyMap<string, ReadonlySet<string>>;
  /** One sentence each, about what could not be read. */
  readonly remarks: readonly string[];
}

interface Source extends FoundBuild {
  readonly file: string;
  readonly kind: Kind;
}

/** Returns what the files say. One that cannot be parsed is skipped. */
export function readEvidence(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>): Evidence {
  const remarks: string[] = [];
  const sources = new Map<string, Source[]>();
  for (const { path, id } of evidenceFiles(tree, texts)) {
    const kind = kindOf(path) ?? 'compose';
    const text = textOf(texts.get(id));
    if (text === '' || path.endsWith('.env')) continue;
    const environment = findEntry(tree, joinPath(folderOf(path), '.env'));
    const found = readFile(text, path, kind, envVariables(textOf(texts.get(environment?.id ?? ''))));
    remarks.push(...found.remarks);
    for (const build of found.builds.map((each) => fromRoot(each, path, tree))) {
      if (build.inline !== undefined || findEntry(tree, build.dockerfile) === undefined) continue;
      sources.set(build.dockerfile, [...(sources.get(build.dockerfile) ?? []), { ...build, file: path, kind }]);
    }
  }
  return {
    variants: new Map([...sources].map(([dockerfile, builds]) => [dockerfile, variantsOf(builds)])),
    contexts: new Map(
      [...sources].map(([dockerfile, builds]) => [dockerfile, new Set(builds.map(({ context }) => context))]),
    ),
    remarks,
  };
}

function readFile(text: string, path: string, kind: Kind, variables: Readonly<Record<string, string>>): BuildFile {
  if (kind === 'tilt') return tiltBuilds(text, path);
  if (path.endsWith('.hcl')) return bakeBuilds(text, path);
  if (kind === 'script') return { builds: commandBuilds(text, folderOf(path), {}), remarks: [] };
  return yamlBuilds(text, path, variables);
}

/** A file in a folder may be run from the root: then its paths lead to a Dockerfile only from there. */
function fromRoot(build: FoundBuild, file: string, tree: TreeIndex): FoundBuild {
  const folder = `${folderOf(file)}/`;
  if (folder === '/' || findEntry(tree, build.dockerfile) !== undefined || !build.dockerfile.startsWith(folder))
    return build;
  const strip = (path: string) => (path.startsWith(folder) ? path.slice(folder.length) : '');
  return { ...build, dockerfile: strip(build.dockerfile), context: strip(build.context) };
}

function textOf(text: Buffer | undefined): string {
  return text === undefined || text.length > MAX_BYTES ? '' : text.toString('utf8');
}

/**
 * Returns the services of one Dockerfile. The file that builds it in the most ways decides; builds for tests and developers count only if
 * there are no others, and builds without a name do not make several services.
 */
function variantsOf(all: readonly Source[]): readonly Variant[] {
  const least = Math.min(...all.map(rankOf));
  const main = all.filter((build) => rankOf(build) === least);
  const files = [...new Set(main.map(({ file }) => file))].map((file) =>
    distinct(main.filter((build) => build.file === file)),
  );
  const order = Object.keys(KINDS);
  const [best = []] = files.sort(
    (a, b) => b.length - a.length || order.indexOf(a[0]?.kind ?? '') - order.indexOf(b[0]?.kind ?? ''),
  );
  return best.map((build) => {
    const alike = main.filter((other) => best.length === 1 || isSame(other, build));
    const others = main.filter((other) => best.length === 1 && other.target !== build.target);
    return {
      name: best.length === 1 ? undefined : (build.name ?? build.image),
      image: build.image ?? alike.find(({ image }) => image !== undefined)?.image,
      context: only(alike.map(({ context }) => context)),
      target: build.target,
      args: build.args,
      remark:
        others[0] === undefined
          ? undefined
          : `${others[0].file} builds ${others[0].target === undefined ? 'its last stage' : `the target ${others[0].target}`}`,
    };
  });
}

/** 0: a service; 1: for tests or developers; 2: without a name. */
function rankOf({ file, name, image, target }: Source): number {
  const words = `${file.slice(file.lastIndexOf('/') + 1)}.${target ?? ''}.${name ?? ''}`.split(/[^A-Za-z0-9]/);
  if (words.some((word) => FOR_TESTS.has(word.toLowerCase()) || FOR_DEVELOPERS.has(word.toLowerCase()))) return 1;
  return name === undefined && image === undefined ? 2 : 0;
}

/** Returns the builds of one file that differ. Those without a name are one: its last stage, if one of them builds that. */
function distinct(builds: readonly Source[]): readonly Source[] {
  const isNamed = builds.some(({ name, image }) => name !== undefined || image !== undefined);
  if (!isNamed)
    return [builds.find(({ target }) => target === undefined) ?? builds.at(-1)].flatMap((build) => build ?? []);
  const found: Source[] = [];
  for (const build of builds) {
    const isKnown = found.some((other) => isSame(other, build) || labelOf(other) === labelOf(build));
    if (!isKnown) found.push(build);
  }
  return found;
}

/** Two images with names of their own are two services, even if they are built alike. */
function isSame(one: Source, other: Source): boolean {
  const isOneImage =
    one.file !== other.file || one.image === undefined || other.image === undefined || one.image === other.image;
  return isOneImage && one.target === other.target && JSON.stringify(one.args) === JSON.stringify(other.args);
}

function labelOf({ name, image }: Source): string | undefined {
  return name ?? image;
}

function only<T>(values: readonly T[]): T | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}
