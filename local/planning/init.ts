/** `catalog init` on a repository on disk. */

import { draftCatalog, type InitialCatalog, initCatalog } from '../../core/catalog/init-catalog';
import type { ContextWish } from '../../core/catalog/init-catalog-context';
import { evidenceFiles } from '../../core/catalog/init-catalog-evidence';
import { indexTree } from '../../core/inputs/tree-index';
import { openPlanningRepository } from './repository';

export interface InitOptions {
  readonly repo: string;
  readonly ref: string;
  readonly context: ContextWish;
}

/** Makes a catalog from the Dockerfiles at a commit. Throws `InvalidInput` if there are none. */
export async function initFromCommit({ repo, ref, context }: InitOptions): Promise<InitialCatalog> {
  const repository = openPlanningRepository(repo);
  const tree = indexTree(await repository.tree(await repository.resolve(ref)));
  await repository.blobs(evidenceFiles(tree).map(({ id }) => id));
  return initCatalog(tree, await repository.buildTexts(draftCatalog(tree), tree), context);
}
