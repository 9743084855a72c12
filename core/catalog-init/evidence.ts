/** What other files of the repository say about build contexts: Compose, Skaffold, GitHub workflows. It decides only where a Dockerfile fits several. */
import { parseDocument } from 'yaml';
import { findEntry, joinPath, type TreeIndex } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { cleanPath } from '../text/clean-path';
import type { BuildSource, FoundDockerfile } from './detect';

const BUILD_FILE =
  /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$|(?:^|\/)skaffold[^/]*\.ya?ml$|^\.github\/workflows\/[^/]+\.ya?ml$/i;

const MOST_FILES = 60;

const MOST_BYTES = 300_000;

const MOST_ALIASES = 1000;

/** Files that may say how images are built. Their texts are needed by `readEvidence`. */
export function evidenceFiles(tree: TreeIndex): readonly TreeEntry[] {
  return tree.entries.filter(({ path, mode }) => mode.startsWith('100') && BUILD_FILE.test(path)).slice(0, MOST_FILES);
}

/** Dockerfile -> context folder, where the files agree. A file that cannot be read says nothing. */
export function readEvidence(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { path, id } of evidenceFiles(tree)) {
    for (const build of buildsIn(texts.get(id), path)) {
      found.set(build.dockerfile, (found.get(build.dockerfile) ?? new Set()).add(build.context));
    }
  }
  return new Map(
    [...found].flatMap(([dockerfile, contexts]) => (contexts.size === 1 ? [[dockerfile, ...contexts]] : [])) as [
      string,
      string,
    ][],
  );
}

interface Build {
  readonly dockerfile: string;
  readonly context: string;
}

function buildsIn(text: Buffer | undefined, path: string): readonly Build[] {
  if (text === undefined || text.length > MOST_BYTES) return [];
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

/** `build: dir`, and every map with `context` and perhaps `dockerfile` (Compose), `file` (workflows) or `docker.dockerfile` (Skaffold). */
function* walk(value: unknown, folder: string, seen: Set<object> = new Set()): Generator<Build> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  // Aliases can name a value often, and a value that they are part of.
  seen.add(value);
  if (!Array.isArray(value)) yield* buildOf(value as Readonly<Record<string, unknown>>, folder);
  for (const part of Object.values(value)) yield* walk(part, folder, seen);
}

function buildOf(map: Readonly<Record<string, unknown>>, folder: string): readonly Build[] {
  const written = plainPath(map.context) ?? plainPath(map.build);
  if (written === undefined) return [];
  const context = within(joinPath(folder, written));
  if (context === undefined) return [];
  const inDocker = (map.docker as { readonly dockerfile?: unknown } | null | undefined)?.dockerfile;
  const beside = plainPath(map.dockerfile ?? inDocker ?? 'Dockerfile');
  const fromRoot = plainPath(map.file);
  const dockerfile = fromRoot === undefined ? beside && within(joinPath(context, beside)) : within(fromRoot);
  return dockerfile === undefined ? [] : [{ dockerfile, context }];
}

/** A text without variables, which only other tools can resolve, and without a scheme. */
function plainPath(value: unknown): string | undefined {
  return typeof value === 'string' && !/[$:]/.test(value) ? value : undefined;
}

function within(path: string): string | undefined {
  const clean = cleanPath(path);
  if (clean === '.') return '';
  return clean.startsWith('/') || clean.split('/').includes('..') ? undefined : clean;
}

// Chooses the build context of a Dockerfile: the folder relative to which its sources exist.

/** What to take where a Dockerfile would build in either. */
export type ContextWish = 'root' | 'service';

/** What decides between contexts that fit equally well. */
export interface ContextHints {
  readonly wish: ContextWish;
  /** What other files of the repository say. */
  readonly evidence: string | undefined;
  readonly tree: TreeIndex;
}

/** A folder that may be the context, and what the Dockerfile reads there; undefined where it cannot be used. */
interface ContextCandidate {
  readonly folder: string;
  readonly sources: readonly BuildSource[] | undefined;
}

export interface ChosenContext extends ContextCandidate {
  /** Why it is not what was wished for, or what to look at; undefined if there is nothing to say. */
  readonly remark: string | undefined;
}

/** Folders that may be the context of a Dockerfile: the root, its own folder, and all between. */
export function contextFolders({ folder }: FoundDockerfile): readonly string[] {
  const parts = folder.split('/').filter((part) => part !== '');
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}

/**
 * Chooses. Most sources found wins; then what other files say; then the folder with an ignore file, which Docker reads at the context
 * only; then the wish.
 * Where sources are found at the root by chance and nothing names the service's folder, its folder is more likely, unless the whole
 * context is copied: then the root is the wider answer.
 */
export function chooseContext(candidates: readonly ContextCandidate[], hints: ContextHints): ChosenContext | undefined {
  const usable = candidates.filter(({ sources }) => sources !== undefined);
  const most = Math.max(0, ...usable.map(found));
  const fitting = usable.filter((candidate) => found(candidate) === most);
  const own = candidates.at(-1)?.folder ?? '';
  const chosen = pick(fitting, own, hints);
  if (chosen === undefined) return undefined;
  return { ...chosen, remark: remarkOn(chosen, { fitting, own, ...hints }) };
}

function pick(
  fitting: readonly ContextCandidate[],
  own: string,
  { wish, evidence, tree }: ContextHints,
): ContextCandidate | undefined {
  const root = fitting.find(({ folder }) => folder === '');
  const service = fitting.find(({ folder }) => folder === own);
  const reads = fitting[0]?.sources ?? [];
  const told = fitting.find(({ folder }) => folder === evidence);
  if (told !== undefined) return told;
  if (reads.length === 0) return (wish === 'root' ? root : service) ?? fitting.at(-1);
  const ignoring = fitting.findLast(
    ({ folder }) => folder !== '' && findEntry(tree, joinPath(folder, '.dockerignore')) !== undefined,
  );
  if (ignoring !== undefined) return ignoring;
  const isByChance = reads.some(({ isThere, isWhole }) => isThere && !isWhole) && !reads.some(({ isWhole }) => isWhole);
  return (wish === 'service' || isByChance ? service : root) ?? fitting.at(-1);
}

function found({ sources }: ContextCandidate): number {
  return new Set(sources?.filter(({ isThere, isWhole }) => isThere && !isWhole).map(({ source }) => source)).size;
}

function remarkOn(
  { folder, sources = [] }: ContextCandidate,
  {
    fitting,
    own,
    wish,
    evidence,
  }: ContextHints & { readonly fitting: readonly ContextCandidate[]; readonly own: string },
): string | undefined {
  const missing = sources.find(({ isThere }) => !isThere);
  if (missing !== undefined)
    return `nothing is at ${missing.source} in this commit, so the build needs more than git has`;
  const wished = wish === 'root' ? '' : own;
  if (folder !== wished && sources.length > 0) {
    const isOnly = !fitting.some((candidate) => candidate.folder === wished);
    const where = wished === '' ? "the repository's root" : 'its own folder';
    if (isOnly) return `its COPY sources do not exist in ${where}`;
    return folder === evidence ? 'built there by other files of the repository' : `fits ${where}, too`;
  }
  if (folder === evidence) return undefined;
  const isWide = folder !== own && sources.some(({ isWhole }) => isWhole);
  const fitsOwn = fitting.some((candidate) => candidate.folder === own);
  return isWide && fitsOwn ? 'copies its whole context; if that is its own folder, add context: service' : undefined;
}
