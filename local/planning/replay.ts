/** `backtest` on a repository on disk. Each tree is made from the one before, and only touched services are evaluated again. */
import type { LocalHistory } from '../../adapters/git/local/history';
import type { Catalog, Service } from '../../core/catalog/model';
import { Backtest, type BacktestReport } from '../../core/compare/backtest';
import { applyChanges, type TreeChange } from '../../core/compare/compare';
import { InvalidInputError } from '../../core/contract/errors';
import type { RecordedTimes } from '../../core/contract/estimate';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { touchedBy, type Watch } from '../../core/input-digest/watch';
import { discoverSnapshot, type OwnImages } from './discover';
import { catalogOfCommit, type FoundCatalog, findCatalog } from './find-catalog';
import { openPlanningRepository, type PlanningRepository } from './repository';

export interface ReplayOptions {
  readonly repo: string;
  readonly since: string;
  readonly ref: string;
  readonly catalog?: string;
  readonly releases?: string;
  /** The recorded builds of the services. */
  readonly times?: RecordedTimes;
}

/** Replays the pushes between two commits. Throws `InvalidInput` if there is none. */
export async function replayHistory(options: ReplayOptions): Promise<BacktestReport> {
  const repository = openPlanningRepository(options.repo);
  const [since, commit] = await Promise.all([
    repository.resolve(options.since, '--since'),
    repository.resolve(options.ref),
  ]);
  const steps = await readSteps(repository.history, since, commit);
  const last = indexTree(await repository.tree(commit));
  const fallback = await findCatalog(repository, last, options.catalog);
  const snapshot = await discoverSnapshot({
    repository,
    commit,
    tree: last,
    found: fallback,
    releases: options.releases,
  });
  const walk = new Walk(repository, fallback, snapshot.ownImages);
  const first = steps[0];
  await walk.start(indexTree(await repository.tree(first?.push.parent ?? since)));
  // All that the walk reads is known to the repository, also what it reads later.
  const texts = await repository.blobs([]);
  const backtest = new Backtest(since, walk.inputs, (id) => texts.get(id)?.toString('utf8'));
  for (const { push, changes } of steps) {
    await walk.step(changes);
    const { catalog, inputs } = walk;
    backtest.replay({ ...push, changes, catalog, inputs: new Map(inputs) });
  }
  const report = backtest.report(commit);
  const { times } = options;
  if (times === undefined) return report;
  const { machineAdvice } = await import('../../core/compare/advice/machine-sizes');
  const builds = new Map<string, number>();
  for (const name of report.pushes.flatMap((push) => push.builds)) builds.set(name, (builds.get(name) ?? 0) + 1);
  return { ...report, advice: { ...report.advice, machineSizes: machineAdvice(walk.catalog, times, builds) } };
}

async function readSteps(history: LocalHistory, since: string, until: string) {
  // A commit without a parent is the start of a shallow clone, not a push.
  const pushes = (await history.pushes(since, until)).filter(({ parent }) => parent !== undefined);
  if (pushes.length === 0) {
    const message = `there is no push between ${since.slice(0, 8)} and ${until.slice(0, 8)}; name an older commit with --since`;
    throw new InvalidInputError('no push can be replayed', [{ path: 'since', message }]);
  }
  const changes = await history.changes(pushes.map(({ commit, parent = '' }) => [parent, commit]));
  return pushes.map((push, at) => ({ push, changes: changes[at] ?? [] }));
}

class Walk {
  /** The inputs of the services that can be planned. */
  readonly inputs = new Map<string, ServiceInputs>();
  catalog: Catalog;
  private tree: TreeIndex = { entries: [] };
  private found: FoundCatalog;
  private readonly fallback: FoundCatalog;
  private readonly repository: PlanningRepository;
  private readonly ownImages: OwnImages;
  private readonly parsed = new Map<string, Catalog>();
  private readonly watches = new Map<string, Watch>();

  constructor(repository: PlanningRepository, fallback: FoundCatalog, ownImages: OwnImages) {
    this.repository = repository;
    this.fallback = fallback;
    this.found = fallback;
    this.catalog = fallback.catalog;
    this.ownImages = ownImages;
  }

  async start(tree: TreeIndex): Promise<void> {
    this.tree = tree;
    this.found = await this.findCatalog();
    await this.discover(this.found.catalog.services);
  }

  async step(changes: readonly TreeChange[]): Promise<void> {
    this.tree = indexTree(applyChanges(this.tree.entries, changes));
    const found = await this.findCatalog();
    const isSame = found.catalog === this.found.catalog;
    this.found = found;
    const { services } = found.catalog;
    // If images are built from one another, a change of one service can reach another that watches no changed path.
    const isLinked = this.ownImages(found.catalog).size > 0;
    const isTouched = touchedBy(changes);
    const touched = services.filter(({ name }) => isTouched(this.watches.get(name) ?? 'everything'));
    await this.discover(isSame && !isLinked ? touched : services);
  }

  private async discover(services: readonly Service[]): Promise<void> {
    if (services.length === 0) return;
    const { repository, tree, found } = this;
    const part = { ...found, origin: 'file' as const, catalog: { ...found.catalog, services } };
    const snapshot = await discoverSnapshot({ repository, commit: '', tree, found: part, ownImages: this.ownImages });
    for (const { name } of services) {
      const inputs = snapshot.inputs.get(name);
      if (inputs === undefined) this.inputs.delete(name);
      else this.inputs.set(name, inputs);
      this.watches.set(name, snapshot.watches.get(name) ?? 'everything');
    }
    const known = new Set(found.catalog.services.map(({ name }) => name));
    for (const name of this.inputs.keys()) if (!known.has(name)) this.inputs.delete(name);
    this.catalog = found.catalog;
  }

  /** Finds the catalog of the current tree. While the catalog is broken, the last good one counts. */
  private async findCatalog(): Promise<FoundCatalog> {
    if (this.fallback.origin === 'file') return this.fallback;
    try {
      return (await catalogOfCommit(this.repository, this.tree, this.parsed)) ?? this.fallback;
    } catch (error) {
      if (error instanceof InvalidInputError) return this.found;
      throw error;
    }
  }
}
