/** Finds the Dockerfiles of services, and the files that each of them reads. */
import type { Service } from '../catalog/model';
import type { ImageFinder } from '../dockerfile/evaluate/stages';
import { GIVEN_ARGUMENT } from '../dockerfile/evaluate/unused-keys';
import { DockerfileError } from '../dockerfile/instruction';
import type { BuildFileReader } from '../input-digest/build-files';
import { evaluateService } from '../input-digest/discover-inputs';
import { sourceBudget } from '../input-digest/resolve-source';
import { folderOf, joinPath, lengthWithSlash } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { withinRoot } from '../text/clean-path';
import { hasWildcard } from '../text/glob';

/** A file that builds a service. */
export interface FoundDockerfile {
  readonly path: string;
  /** The folder of the file; `''` is the repository's root. */
  readonly folder: string;
  /** `api` of `api.Dockerfile` and `Dockerfile.api`; undefined for a plain `Dockerfile`. */
  readonly variant: string | undefined;
}

/** A file that looks like a Dockerfile and is not taken for a service. */
export interface SkippedFile {
  readonly path: string;
  readonly why: string;
}

const BEFORE = /^(.+)\.(?:dockerfile|containerfile)$/i;

const AFTER = /^(?:dockerfile|containerfile)[._-](.+)$/i;

const PLAIN = /^(?:dockerfile|containerfile)$/i;

/** Endings of files about Dockerfiles: templates, copies, documents, source code. */
const OTHER_FILE =
  /\.(?:md|txt|rst|adoc|html?|j2|jinja2?|tmpl|tpl|template|in|erb|hbs|mustache|bak|backup|orig|old|save|swp|rej|sh|py|rb|go|rs|js|ts|java|cs|ya?ml|json|toml|lock|patch|diff|example|sample|dist|snap|dockerignore)$/i;

/** Words of Dockerfiles, targets and files for tests. */
export const FOR_TESTS: ReadonlySet<string> = new Set(
  'test tests testing unittest unittests e2e cypress lint linter bench'.split(' '),
);

/** Words of a second Dockerfile for the same service, of its target, or of the file that builds it. */
export const FOR_DEVELOPERS: ReadonlySet<string> = new Set(
  'dev devel develop development devcontainer debug local override'.split(' '),
);

/** Folders whose files build no service of this repository: tests, other people's code, tools of developers. */
const FOREIGN_FOLDER = /^(?:tests?|testdata|__tests__|e2e|node_modules|vendor|third_party|tilt_modules)$/i;

/** Returns true for a file in such a folder. A hidden one may have a chart: werf's is in `.helm`. */
export function isInForeignFolder(path: string): boolean {
  return folderOf(path)
    .split('/')
    .some((part) => FOREIGN_FOLDER.test(part));
}

/** Returns true for a file in such a folder, or in a hidden one. */
export function isForeignFile(path: string): boolean {
  return /(?:^|\/)\.[^/]+\//.test(path) || isInForeignFolder(path);
}

/**
 * Returns the Dockerfiles of services, in the order of the entries, and the files that only look like one. `named` are the paths that other
 * files build, whatever they are called.
 */
export function findDockerfiles(
  entries: readonly TreeEntry[],
  named: { readonly has: (path: string) => boolean } = new Set(),
): {
  readonly dockerfiles: readonly FoundDockerfile[];
  readonly leftOut: readonly SkippedFile[];
} {
  const candidates = entries
    .filter(({ mode }) => mode !== '160000')
    .flatMap(({ path }) => candidateAt(path) ?? (named.has(path) ? [namedFile(path)] : []));
  const verdicts = candidates.map((candidate) => ({ candidate, why: whyNot(candidate) }));
  const usable = verdicts.filter(({ why }) => why === undefined).map(({ candidate }) => candidate);
  const folders = new Set(usable.filter((candidate) => !isForDevelopers(candidate)).map(({ folder }) => folder));
  const isExtra = (candidate: FoundDockerfile) => isForDevelopers(candidate) && folders.has(candidate.folder);
  return {
    dockerfiles: usable.filter((candidate) => !isExtra(candidate)),
    leftOut: [
      ...verdicts.flatMap(({ candidate: { path }, why }) => (why === undefined ? [] : [{ path, why }])),
      ...usable.filter(isExtra).map(({ path }) => ({ path, why: 'for developers, beside the one of the service' })),
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function candidateAt(path: string): FoundDockerfile | undefined {
  const folder = folderOf(path);
  const file = path.slice(lengthWithSlash(folder));
  if (PLAIN.test(file)) return { path, folder, variant: undefined };
  const variant = (AFTER.exec(file) ?? BEFORE.exec(file))?.[1];
  return variant === undefined || OTHER_FILE.test(file) ? undefined : { path, folder, variant };
}

/** `api` of `api.docker`: a file that only its user calls a Dockerfile. */
function namedFile(path: string): FoundDockerfile {
  const folder = folderOf(path);
  const file = path.slice(lengthWithSlash(folder));
  return { path, folder, variant: file.replace(/^[._-]+|[._-]*(?:docker|container)?(?:file)?$/gi, '') || undefined };
}

function whyNot({ folder, variant }: FoundDockerfile): string | undefined {
  if (hasWord(variant, FOR_TESTS)) return 'for tests';
  const foreign = folder.split('/').find((part) => /^\../.test(part) || FOREIGN_FOLDER.test(part));
  return foreign === undefined ? undefined : `in the folder ${foreign}`;
}

function isForDevelopers({ variant }: FoundDockerfile): boolean {
  return hasWord(variant, FOR_DEVELOPERS);
}

function hasWord(variant: string | undefined, words: ReadonlySet<string>): boolean {
  return variant?.split(/[._-]/).some((word) => words.has(word.toLowerCase())) === true;
}

/** A source of a `COPY`, `ADD` or bind mount. */
export interface BuildSource {
  /** The source after expansion of variables. */
  readonly source: string;
  /** The file or folder of the repository that the source names. For a pattern, it is the folder that Docker searches. */
  readonly place: string;
  /** True if the source is the whole context. */
  readonly isWhole: boolean;
  /** False if the commit has nothing of that name. */
  readonly exists: boolean;
}

/** Finds no image of the catalog. The files that a Dockerfile reads from its context do not depend on its base images. */
const NO_IMAGES: ImageFinder = { find: () => undefined, startingWith: () => [] };

/** Returns the sources of a service's Dockerfile; undefined if the Dockerfile cannot be used. */
export function readSources(service: Service, files: BuildFileReader): readonly BuildSource[] | undefined {
  const build = files.read(service);
  if ('problems' in build) return undefined;
  const budget = sourceBudget();
  return orUndefined(() => evaluateService(service, build, NO_IMAGES).reads)?.map((read) => {
    const place = placeOf(read.source, read.parents);
    return {
      source: read.source,
      place: joinPath(read.context === undefined ? service.context : (service.contexts?.[read.context] ?? ''), place),
      isWhole: place === '' || read.kind === 'everything',
      // A source that exists and cannot be read, such as a loop of links, is a problem that the plan reports.
      exists:
        orUndefined(
          () => (build.named.get(read.context ?? '') ?? build.sources).resolve(read, budget).slices.length,
        ) !== 0,
    };
  });
}

/** An `ARG` that has neither a default nor a value in the catalog. */
export interface UnsetArgument {
  readonly service: string;
  readonly dockerfile: string;
  readonly line: number;
  readonly argument: string;
}

/** Returns the arguments of a service that nothing sets, each once. A compose file or a CI may set them in builds of today. */
export function unsetArguments(service: Service, files: BuildFileReader): readonly UnsetArgument[] {
  const build = files.read(service);
  if ('problems' in build || build.dockerfile.kind !== 'parsed') return [];
  const { globalArgs, stages } = build.dockerfile.dockerfile;
  const declared = [...globalArgs, ...stages.flatMap(({ instructions }) => instructions)].flatMap((each) =>
    each.kind === 'arg' ? each.args.map((arg) => ({ ...arg, line: each.line })) : [],
  );
  const isSet = (name: string) =>
    Object.hasOwn(service.buildArgs, name) ||
    GIVEN_ARGUMENT.test(name) ||
    declared.some((arg) => arg.name === name && arg.value !== undefined);
  const unset = declared.filter(
    ({ name }, at) => !isSet(name) && declared.findIndex((arg) => arg.name === name) === at,
  );
  return unset.map(({ name, line }) => ({
    service: service.name,
    dockerfile: service.dockerfile,
    line,
    argument: name,
  }));
}

/** Returns undefined if the Dockerfile has an error. */
function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DockerfileError) return undefined;
    throw error;
  }
}

function placeOf(source: string, parents: boolean): string {
  const parts = withinRoot(parents ? source.replace('/./', '/') : source).split('/');
  const pattern = parts.findIndex(hasWildcard);
  return (pattern < 0 ? parts : parts.slice(0, pattern)).join('/');
}
