/** Chooses the build context of a Dockerfile: the folder relative to which its sources exist. */
import { findEntry, joinPath, type TreeIndex } from '../inputs/tree-index';
import type { FoundDockerfile } from './init-catalog-find';
import type { BuildSource } from './init-catalog-sources';

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
export interface ContextCandidate {
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
