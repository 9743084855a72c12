/** A repository on disk for the planner's commands. Each blob is read once. */
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { createLocalHistory, type LocalHistory } from '../../adapters/git/local/history';
import { repositoryOpener } from '../../adapters/git/local/repository';
import type { Catalog } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import { requiredBlobs } from '../../core/input-digest/build-files';
import type { TreeIndex } from '../../core/input-digest/tree-index';
import type { TreeEntry } from '../../core/ports/git';

/** Reads a repository on disk. */
export interface PlanningRepository {
  readonly directory: string;
  readonly history: LocalHistory;
  /**
   * Returns the commit of a branch, tag, commit id or remote branch (`origin/main`). Throws `InvalidInput` with the name of the option if there
   * is none.
   */
  resolve(ref: string, option?: '--ref' | '--base' | '--since' | '--values-repo'): Promise<string>;
  /** Returns all files of the commit. */
  tree(commit: string): Promise<readonly TreeEntry[]>;
  /** Returns contents by blob id. Known ones are not read again. */
  blobs(ids: Iterable<string>): Promise<ReadonlyMap<string, Buffer>>;
  /** Returns all contents by blob id that the inputs of the catalog's services depend on. */
  buildTexts(catalog: Catalog, tree: TreeIndex): Promise<ReadonlyMap<string, Buffer>>;
}

/** Opens the repository in a directory, bare or with a work tree. If it is not a repository, the first call throws `InvalidInput`. */
export function openPlanningRepository(directory: string): PlanningRepository {
  const opener = repositoryOpener(directory);
  const git = createLocalGitHost(directory, opener);
  const known = new Map<string, Buffer>();

  async function blobs(ids: Iterable<string>): Promise<ReadonlyMap<string, Buffer>> {
    const missing = [...ids].filter((id) => !known.has(id));
    for (const [id, content] of await git.blobs(missing)) known.set(id, content);
    return known;
  }

  return {
    directory,
    history: createLocalHistory(directory, opener),
    resolve: (ref, option = '--ref') =>
      resolveAnywhere(git, ref).catch((error) => Promise.reject(blaming(option, error))),
    tree: (commit) => git.tree(commit),
    blobs,
    buildTexts: async (catalog, tree) => {
      // A Dockerfile may be a symlink, whose target is known only after it was read.
      for (
        let wanted = requiredBlobs(catalog, tree, known);
        wanted.size > 0;
        wanted = requiredBlobs(catalog, tree, known)
      ) {
        await blobs(wanted);
      }
      return known;
    },
  };
}

async function resolveAnywhere(git: ReturnType<typeof createLocalGitHost>, ref: string): Promise<string> {
  try {
    return await git.resolve(ref);
  } catch (error) {
    if (!(error instanceof InvalidInputError) || !ref.includes('/')) throw error;
    return git.resolve(`refs/remotes/${ref}`).catch(() => Promise.reject(error));
  }
}

function blaming(option: string, error: unknown): unknown {
  if (!(error instanceof InvalidInputError) || error.problems[0]?.path !== 'ref') return error;
  const problems = error.problems.map((problem) => ({ ...problem, path: option }));
  return new InvalidInputError('the commit cannot be found', problems);
}
