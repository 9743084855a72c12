/** `catalog check` on a repository on disk. */
import type { Catalog } from '../../core/catalog/catalog';
import { type Drift, findDrift } from '../../core/catalog/drift';
import { readSources } from '../../core/catalog/init-catalog-sources';
import type { Reason } from '../../core/contract';
import { BuildFileReader } from '../../core/inputs/build-files';
import type { Impurity } from '../../core/inputs/inputs';
import { indexTree } from '../../core/inputs/tree-index';
import { givenImages } from './compare-commits';
import { discoverSnapshot } from './discover';
import { findCatalog } from './find-catalog';
import { openPlanningRepository } from './repository';

export interface CheckOptions {
  readonly repo: string;
  readonly ref: string;
  readonly catalog?: string;
  readonly releases?: string;
}

/** What `catalog check --json` prints. */
export interface CatalogCheck {
  readonly commit: string;
  /** Where the catalog was found. */
  readonly catalog: string;
  readonly totals: { readonly services: number; readonly modules: number };
  readonly drift: readonly Drift[];
  /** What images take in that git does not hold. It is no drift: a retag is right, a build at another time may differ. */
  readonly impurities: readonly ({ readonly service: string; readonly dockerfile: string } & Impurity)[];
  /** Where the inputs of a service are wider than they might be. */
  readonly doubts: readonly ({ readonly service: string } & Reason)[];
}

/** Checks the catalog of a commit. Throws `InvalidCatalog` if it cannot be read. */
export async function checkCatalog(options: CheckOptions): Promise<CatalogCheck> {
  const repository = openPlanningRepository(options.repo);
  const commit = await repository.resolve(options.ref);
  const tree = indexTree(await repository.tree(commit));
  const found = { ...(await findCatalog(repository, tree, options.catalog)), origin: 'commit' as const };
  const ownImages = givenImages(options.releases);
  const { catalog, inputs, problems } = await discoverSnapshot({ repository, commit, tree, found, ownImages });
  const files = new BuildFileReader(tree, await repository.buildTexts(catalog, tree));
  const sourcesOf = (service: Catalog['services'][number]) => readSources(service, files);
  const each = catalog.services.flatMap((service) => {
    const known = inputs.get(service.name);
    return known === undefined ? [] : [{ ...known, dockerfile: service.dockerfile }];
  });
  return {
    commit,
    catalog: found.path,
    totals: { services: catalog.services.length, modules: catalog.modules.length },
    drift: findDrift({ catalog, tree, inputs, problems, sourcesOf }),
    impurities: each.flatMap(({ service, dockerfile, impurities }) =>
      impurities.map((impurity) => ({ service, dockerfile, ...impurity })),
    ),
    doubts: each.flatMap(({ service, doubts }) => doubts.map((doubt) => ({ service, ...doubt }))),
  };
}
