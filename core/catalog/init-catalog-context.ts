/** Chooses the build context of a Dockerfile: the folder relative to which its sources exist. */
import { findEntry, joinPath, type TreeIndex } from '../inputs/tree-index';
import type { FoundDockerfile } from './init-catalog-find';
import type { BuildSource } from './init-catalog-sources';

/** What to take where a Dockerfile would build in either. */
export type ContextWish = 'root' | 'service';

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
 * Chooses. Most sources found wins; then the folder with an ignore file, which Docker reads at the context only; then the wish.
 * Where sources are found at the root by chance and nothing names the service's folder, its folder is more likely, unless the whole
 * context is copied: then the root is the wider answer.
 */
export function chooseContext(
  candidates: readonly ContextCandidate[],
  wish: ContextWish,
  tree: TreeIndex,
): ChosenContext | undefined {
  const usable = candidates.filter(({ sources }) => sources !== undefined);
  const most = Math.max(0, ...usable.map(found));
  const fitting = usable.filter((candidate) => found(candidate) === most);
  const own = candidates.at(-1)?.folder ?? '';
  const chosen = pick(fitting, own, wish, tree);
  if (chosen === undefined) return undefined;
  return { ...chosen, remark: remarkOn(chosen, { fitting, own, wish }) };
}

function pick(
  fitting: readonly ContextCandidate[],
  own: string,
  wish: ContextWish,
  tree: TreeIndex,
): ContextCandidate | undefined {
  const root = fitting.find(({ folder }) => folder === '');
  const service = fitting.find(({ folder }) => folder === own);
  const reads = fitting[0]?.sources ?? [];
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
  { fitting, own, wish }: { fitting: readonly ContextCandidate[]; own: string; wish: ContextWish },
): string | undefined {
  const missing = sources.find(({ isThere }) => !isThere);
  if (missing !== undefined)
    return `nothing is at ${missing.source} in this commit, so the build needs more than git has`;
  const wished = wish === 'root' ? '' : own;
  if (folder !== wished && sources.length > 0) {
    const isOnly = !fitting.some((candidate) => candidate.folder === wished);
    const where = wished === '' ? "the repository's root" : 'its own folder';
    return isOnly ? `its COPY sources do not exist in ${where}` : `fits ${where}, too`;
  }
  const isWide = folder !== own && sources.some(({ isWhole }) => isWhole);
  const fitsOwn = fitting.some((candidate) => candidate.folder === own);
  return isWide && fitsOwn ? 'copies its whole context; if that is its own folder, add context: service' : undefined;
}
