/** Chooses the build context of a Dockerfile: the folder that contains its sources. How other files build it breaks ties. */
import { findEntry, joinPath, type TreeIndex } from '../input-digest/tree-index';
import type { BuildSource, FoundDockerfile } from './detect';

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

/** Returns the folders that may be the context of a Dockerfile: those that other files name, the root, its own folder, and all between. */
export function contextFolders({ folder }: FoundDockerfile, named: Iterable<string> = []): readonly string[] {
  const parts = folder.split('/').filter((part) => part !== '');
  const usual = ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
  return [...[...named].filter((context) => !usual.includes(context)), ...usual];
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
    if (folder === evidence) return undefined;
    return isOnly ? `${NOT_IN_PREFERRED} ${where}` : `builds in ${where}, too`;
  }
  if (folder === evidence) return undefined;
  const isWide = folder !== own && sources.some(({ isWhole }) => isWhole);
  const fitsOwn = fitting.some((candidate) => candidate.folder === own);
  return isWide && fitsOwn ? 'copies its whole context; if that is its own folder, add context: service' : undefined;
}
