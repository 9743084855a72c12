/** Chooses the build context of a Dockerfile: the folder that contains its sources. Compose, Skaffold and workflow files break ties. */
import { parseDocument } from 'yaml';
import { findEntry, joinPath, type TreeIndex } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { cleanPath } from '../text/clean-path';
import type { BuildSource, FoundDockerfile } from './detect';

const BUILD_FILE =
  /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$|(?:^|\/)skaffold[^/]*\.ya?ml$|(?:^|\/)docker-bake[^/]*\.(?:json|hcl)$|^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.yml$/i;

const MOST_FILES = 60;

const MOST_BYTES = 300_000;

const MOST_ALIASES = 1000;

/** Returns the files that may tell how images are built. `readEvidence` needs their texts. */
export function evidenceFiles(tree: TreeIndex): readonly TreeEntry[] {
  return tree.entries.filter(({ path, mode }) => mode.startsWith('100') && BUILD_FILE.test(path)).slice(0, MOST_FILES);
}

/** How other files of the repository build a Dockerfile. What they do not agree on is left out. */
export interface BuildEvidence {
  readonly context: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** All targets, if there are several. */
  readonly targets: readonly string[];
}

/** Returns the evidence by Dockerfile. A file that cannot be parsed is skipped. */
export function readEvidence(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>): ReadonlyMap<string, BuildEvidence> {
  const found = new Map<string, Build[]>();
  for (const { path, id } of evidenceFiles(tree)) {
    for (const build of buildsIn(texts.get(id), path)) {
      found.set(build.dockerfile, [...(found.get(build.dockerfile) ?? []), build]);
    }
  }
  return new Map([...found].map(([dockerfile, builds]) => [dockerfile, agreement(builds)]));
}

function agreement(builds: readonly Build[]): BuildEvidence {
  const only = (values: readonly (string | undefined)[]) => (new Set(values).size === 1 ? values[0] : undefined);
  const targets = [...new Set(builds.map(({ target }) => target))];
  const args = only(builds.map((build) => JSON.stringify(build.args)));
  return {
    context: only(builds.map(({ context }) => context)),
    target: only(targets),
    args: args === undefined ? {} : JSON.parse(args),
    targets: targets.length > 1 ? targets.filter((target) => target !== undefined) : [],
  };
}

interface Build {
  readonly dockerfile: string;
  readonly context: string;
  readonly target: string | undefined;
  /** Arguments whose values are written out. */
  readonly args: Readonly<Record<string, string>>;
}

function buildsIn(text: Buffer | undefined, path: string): readonly Build[] {
  if (text === undefined || text.length > MOST_BYTES) return [];
  if (path.endsWith('.hcl')) return hclBuilds(text.toString('utf8'), path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  const document = parseDocument(text.toString('utf8'), { prettyErrors: false, logLevel: 'silent' });
  if (document.errors.length > 0) return [];
  try {
    const folder = path.startsWith('.github/') ? '' : path.slice(0, Math.max(0, path.lastIndexOf('/')));
    return [...walk(document.toJS({ maxAliasCount: MOST_ALIASES }), folder)];
  } catch (error) {
    // The package throws ReferenceError, and nothing else, for aliases that lead nowhere or to too much.
    if (error instanceof ReferenceError) return [];
    throw error;
  }
}

/**
 * Finds builds: `build: dir`, and every map with `context` and perhaps `dockerfile` (Compose), `file` (workflows) or `docker.dockerfile`
 * (Skaffold).
 */
function* walk(value: unknown, folder: string, seen: Set<object> = new Set()): Generator<Build> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  // Aliases can refer to a value many times, and to a value that contains them.
  seen.add(value);
  if (!Array.isArray(value)) yield* buildOf(value as Readonly<Record<string, unknown>>, folder);
  for (const part of Object.values(value)) yield* walk(part, folder, seen);
}

function buildOf(map: Readonly<Record<string, unknown>>, folder: string): readonly Build[] {
  const written = plainPath(map.context) ?? plainPath(map.build);
  if (written === undefined) return [];
  const context = within(joinPath(folder, written));
  if (context === undefined) return [];
  // Skaffold has what others have in a map of its own.
  const docker = Object(map.docker ?? {}) as Readonly<Record<string, unknown>>;
  const beside = plainPath(map.dockerfile ?? docker.dockerfile ?? 'Dockerfile');
  const fromRoot = plainPath(map.file);
  const dockerfile = fromRoot === undefined ? beside && within(joinPath(context, beside)) : within(fromRoot);
  if (dockerfile === undefined) return [];
  const args = plainArguments(map.args ?? docker.buildArgs ?? map['build-args']);
  return [{ dockerfile, context, target: plainPath(map.target ?? docker.target), args }];
}

/** Reads the targets of a bake file. Values with variables and functions are left out, as everywhere. */
function hclBuilds(text: string, folder: string): readonly Build[] {
  return [...text.matchAll(/^target\s+"[^"]*"\s*\{\n(.*?)^\}/gms)].flatMap(([, body = '']) => {
    const value = (key: string) => new RegExp(`^\\s*${key}\\s*=\\s*"([^"]*)"`, 'm').exec(body)?.[1];
    const block = /^\s*args\s*=\s*\{(.*?)\}/ms.exec(body)?.[1] ?? '';
    const args = Object.fromEntries(
      [...block.matchAll(/([A-Za-z_]\w*)\s*[=:]\s*"([^"]*)"/g)].map(([, name, each]) => [name, each]),
    );
    const context = value('context') ?? (value('dockerfile') === undefined ? undefined : '.');
    return buildOf({ context, dockerfile: value('dockerfile'), target: value('target'), args }, folder);
  });
}

/** Returns arguments by name: of a map, of a list (`- MODE=release`), or of lines. Those with variables are left out. */
function plainArguments(value: unknown): Readonly<Record<string, string>> {
  const lines = typeof value === 'string' ? value.split('\n') : Array.isArray(value) ? value.map(String) : undefined;
  const pairs = lines?.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)] as const);
  const entries = pairs ?? Object.entries(Object(value ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.flatMap(([name, each]) => {
      const isPlain =
        /^(string|number|boolean)$/.test(typeof each) && !String(each).includes('$') && !String(each).includes('{{');
      return isPlain && /^[A-Za-z_]\w*$/.test(name.trim()) ? [[name.trim(), String(each)]] : [];
    }),
  );
}

/** Returns a path without a scheme and without variables, which only other tools can resolve. */
function plainPath(value: unknown): string | undefined {
  return typeof value === 'string' && !/[$:]/.test(value) ? value : undefined;
}

function within(path: string): string | undefined {
  const clean = cleanPath(path);
  if (clean === '.') return '';
  return clean.startsWith('/') || clean.split('/').includes('..') ? undefined : clean;
}

/** The context to prefer if a Dockerfile builds in both: the repository's root, or the folder of the service. */
export type ContextPreference = 'root' | 'service';

/** The facts that decide between contexts that fit equally well. */
export interface ContextHints {
  readonly preferred: ContextPreference;
  /** The context that other files of the repository name. */
  readonly evidence: string | undefined;
  readonly tree: TreeIndex;
}

/** A folder that may be the context, and the sources that the Dockerfile reads there; undefined if it cannot be used there. */
interface ContextCandidate {
  readonly folder: string;
  readonly sources: readonly BuildSource[] | undefined;
}

/** The beginning of the remark on a Dockerfile that builds only in another context than the preferred one. */
export const NOT_IN_PREFERRED = 'its COPY sources do not exist in';

/** The context of a Dockerfile. */
export interface ChosenContext extends ContextCandidate {
  /** The reason for another context than the preferred one, or a hint; undefined if there is none. */
  readonly remark: string | undefined;
}

/** Returns the folders that may be the context of a Dockerfile: the root, its own folder, and all between. */
export function contextFolders({ folder }: FoundDockerfile): readonly string[] {
  const parts = folder.split('/').filter((part) => part !== '');
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}

/**
 * Chooses the context in which most sources exist. A tie is broken by the context that other files name, then by an ignore file, which Docker
 * reads only in the context, then by preference. A root that has the sources by chance loses to the service's folder, unless
 * the Dockerfile copies the whole context. Returns undefined if the Dockerfile can be used nowhere.
 */
export function chooseContext(candidates: readonly ContextCandidate[], hints: ContextHints): ChosenContext | undefined {
  const usable = candidates.filter(({ sources }) => sources !== undefined);
  const most = Math.max(0, ...usable.map(countFound));
  const fitting = usable.filter((candidate) => countFound(candidate) === most);
  const own = candidates.at(-1)?.folder ?? '';
  const chosen = pick(fitting, own, hints);
  if (chosen === undefined) return undefined;
  return { ...chosen, remark: remarkOn(chosen, { fitting, own, ...hints }) };
}

function pick(
  fitting: readonly ContextCandidate[],
  own: string,
  { preferred, evidence, tree }: ContextHints,
): ContextCandidate | undefined {
  const root = fitting.find(({ folder }) => folder === '');
  const service = fitting.find(({ folder }) => folder === own);
  const reads = fitting[0]?.sources ?? [];
  const told = fitting.find(({ folder }) => folder === evidence);
  if (told !== undefined) return told;
  if (reads.length === 0) return (preferred === 'root' ? root : service) ?? fitting.at(-1);
  const ignoring = fitting.findLast(
    ({ folder }) => folder !== '' && findEntry(tree, joinPath(folder, '.dockerignore')) !== undefined,
  );
  if (ignoring !== undefined) return ignoring;
  const isByChance = reads.some(({ exists, isWhole }) => exists && !isWhole) && !reads.some(({ isWhole }) => isWhole);
  return (preferred === 'service' || isByChance ? service : root) ?? fitting.at(-1);
}

function countFound({ sources }: ContextCandidate): number {
  return new Set(sources?.filter(({ exists, isWhole }) => exists && !isWhole).map(({ source }) => source)).size;
}

function remarkOn(
  { folder, sources = [] }: ContextCandidate,
  {
    fitting,
    own,
    preferred,
    evidence,
  }: ContextHints & { readonly fitting: readonly ContextCandidate[]; readonly own: string },
): string | undefined {
  const missing = sources.find(({ exists }) => !exists);
  if (missing !== undefined)
    return `${missing.source} is not in this commit, so the build needs more than git contains`;
  const preferredFolder = preferred === 'root' ? '' : own;
  if (folder !== preferredFolder && sources.length > 0) {
    const isOnly = !fitting.some((candidate) => candidate.folder === preferredFolder);
    const where = preferredFolder === '' ? "the repository's root" : 'its own folder';
    if (isOnly) return `${NOT_IN_PREFERRED} ${where}`;
    return folder === evidence ? 'other files of the repository build it there' : `builds in ${where}, too`;
  }
  if (folder === evidence) return undefined;
  const isWide = folder !== own && sources.some(({ isWhole }) => isWhole);
  const fitsOwn = fitting.some((candidate) => candidate.folder === own);
  return isWide && fitsOwn ? 'copies its whole context; if that is its own folder, add context: service' : undefined;
}
