/** Images that are made without a Dockerfile, as `catalog init` finds them. */

import type { ImageToolName } from '../../catalog/commands/image-tools';
import { inputPattern } from '../../catalog/grammar';
import { findEntry, folderOf, folderRange, lengthWithSlash, type TreeIndex } from '../../input-digest/tree-index';

/** The key `build` of a new service, as the catalog has it. */
export interface NewBuild {
  readonly tool?: ImageToolName;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly target?: string;
  readonly install?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How an image is made. Paths are relative to the repository's root, which is `''`. */
export interface ImageRecipe {
  /** The folder in which the tool runs. */
  readonly folder: string;
  readonly build: NewBuild;
  /** Undefined for the files that the tool reads by default: those of the folder. */
  readonly inputs?: readonly string[];
  readonly remark?: string;
}

/** An image that a file of the repository says is made so. */
export interface ToolImage extends ImageRecipe {
  /** The file that says so. */
  readonly file: string;
  /** The folder of its source, which names the service. */
  readonly place: string;
  /** The last part of its repository; undefined if no file has it. */
  readonly image: string | undefined;
  /** True if the file names this tool for the image. Otherwise a Dockerfile in the same folder counts more. */
  readonly isChosen: boolean;
}

/** What a file says about an image: how it is made, or why the catalog cannot say so. */
export type Verdict = ToolImage | { readonly file: string; readonly why: string };

/** Larger files are no project files that a person wrote. */
const MAX_BYTES = 300_000;

/** The files of a repository by path. Only texts that were read are known. */
export class RepositoryFiles {
  readonly tree: TreeIndex;
  private readonly texts: ReadonlyMap<string, Buffer>;
  private readonly known = new Map<string, unknown>();

  constructor(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>) {
    this.tree = tree;
    this.texts = texts;
  }

  /** Returns the text of a file; undefined if it is not in the commit, was not read, or is too large. */
  text(path: string): string | undefined {
    const text = this.texts.get(findEntry(this.tree, path)?.id ?? '');
    return text === undefined || text.length > MAX_BYTES ? undefined : text.toString('utf8');
  }

  /** Returns what `make` made when this key was asked for first. Many images of one build ask for the same files. */
  once<T>(key: string, make: () => T): T {
    if (!this.known.has(key)) this.known.set(key, make());
    return this.known.get(key) as T;
  }

  has(path: string): boolean {
    return findEntry(this.tree, path) !== undefined;
  }

  hasFolder(path: string): boolean {
    const { start, end } = folderRange(this.tree, path);
    return end > start;
  }

  /** Returns the names of the files in a folder, without those below. */
  filesIn(folder: string): readonly string[] {
    return this.once(`files ${folder}`, () => {
      const { start, end } = folderRange(this.tree, folder);
      const names = this.tree.entries.slice(start, end).map(({ path }) => path.slice(lengthWithSlash(folder)));
      return names.filter((name) => !name.includes('/'));
    });
  }
}

/** Returns the folder and all that contain it, the root last. */
export function foldersUp(folder: string): readonly string[] {
  return folder === '' ? [''] : [folder, ...foldersUp(folderOf(folder))];
}

/** Returns the pattern of a file or of all files in a folder. */
export function patternOf(path: string): string {
  return path === '' ? '**' : path.replace(/[*?[\]\\{}|!^]/g, '\\$&');
}

/** Returns true if a catalog can hold all of these patterns. */
export function arePatterns(patterns: readonly string[]): boolean {
  return patterns.every((pattern) => inputPattern.safeParse(pattern).success);
}

/** A project of a build of several: its folder, and the files without which the others cannot be built. */
export interface Project {
  readonly folder: string;
  readonly buildFiles: readonly string[];
}

/** More patterns are refused by a catalog. */
const MAX_PATTERNS = 100;

/**
 * Returns the inputs of one project of a build in `top`: all files of the build, without those of projects that it does not need. Of these, only
 * the build files count, which the tool reads for every project.
 */
export function projectInputs(
  top: string,
  projects: readonly Project[],
  needed: ReadonlySet<string>,
): readonly string[] {
  const isBelow = (path: string, folder: string) => path.startsWith(`${folder}/`);
  const others = projects.filter(
    ({ folder, buildFiles }) => folder !== top && !needed.has(folder) && buildFiles.length > 0,
  );
  const patterns = [...projects]
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
    .flatMap(({ folder, buildFiles }) => {
      if (others.some((other) => other.folder === folder))
        return [`!${patternOf(folder)}`, ...buildFiles.map(patternOf)];
      return others.some((other) => isBelow(folder, other.folder)) ? [patternOf(folder)] : [];
    });
  return patterns.length < MAX_PATTERNS ? [patternOf(top), ...patterns] : [patternOf(top)];
}
