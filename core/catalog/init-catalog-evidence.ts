/** What other files of the repository say about build contexts: Compose, Skaffold, GitHub workflows. It decides only where a Dockerfile fits several. */
import { parseDocument } from 'yaml';
import { cleanPath } from '../inputs/ignore/clean-path';
import { joinPath, type TreeIndex } from '../inputs/tree-index';
import type { TreeEntry } from '../ports';

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
